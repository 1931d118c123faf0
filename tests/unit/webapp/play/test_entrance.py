"""The way in: anybody may look, players have agreed to the consent text."""

import pytest

from tests.factories import ProjectFactory
from webapp.accounts.models import Consent, User
from webapp.accounts.services import consent_text


def agree(client, **given):
    return client.post("/consent/", {"version": consent_text().version, "next": "/play/cells/", **given})


@pytest.mark.parametrize("path", ["/", "/about/", "/privacy/", "/consent/", "/leaderboard/", "/projects/cells/"])
def test_anybody_may_look(client, path):
    ProjectFactory(slug="cells")
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/play/cells/", "/me/", "/me/data/", "/me/leave/"])
def test_playing_begins_with_consent(client, path):
    ProjectFactory(slug="cells")
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, f"/consent/?next={path.replace('/', '%2F')}")


def test_the_consent_page_says_what_has_to_be_said(client):
    page = client.get("/consent/").content.decode()
    for heading in ("Some answers are known", "What we store", "How to leave"):
        assert heading in page
    assert "made or altered by a computer" in page


def test_agreeing_makes_a_guest_who_may_play(client):
    ProjectFactory(slug="cells")
    response = agree(client)
    assert response["Location"] == "/play/cells/"
    guest = User.objects.get()
    assert guest.is_guest
    assert Consent.objects.get(user=guest).text_version == consent_text().version
    assert client.get("/play/cells/").status_code == 200


def test_an_outdated_text_is_shown_again_and_makes_nobody(client):
    response = agree(client, version="0")
    assert response.status_code == 200
    assert "This text has changed" in response.content.decode()
    assert not User.objects.exists()


def test_a_person_who_agreed_to_an_older_text_stays_the_same_person(player, guest):
    User.objects.filter(pk=guest.pk).update(consent_version="0")
    assert player.get("/me/").status_code == 302
    agree(player)
    assert User.objects.get().has_consented
    assert player.get("/me/").status_code == 200


def test_the_back_button_leads_to_the_text_and_not_into_a_trap(player):
    ProjectFactory(slug="cells")
    response = player.get("/consent/?next=/play/cells/")
    assert response.status_code == 200
    page = response.content.decode()
    assert "You have agreed to this" in page
    assert 'href="/play/cells/">Go on' in page
    assert "I agree" not in page
    assert agree(player)["Location"] == "/play/cells/"


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_consent_never_leads_off_the_site(client, elsewhere):
    assert agree(client, next=elsewhere)["Location"] == "/"


def test_a_draft_does_not_exist_and_a_closed_project_cannot_be_played(player):
    ProjectFactory(slug="draft", state="draft")
    ProjectFactory(slug="closed", state="closed", debrief="We found **much**.")
    assert player.get("/projects/draft/").status_code == 404
    assert player.get("/play/draft/").status_code == 404
    assert player.get("/play/closed/").status_code == 404
    assert "<strong>much</strong>" in player.get("/projects/closed/").content.decode()


def test_unknown_pages_are_answered_kindly(client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "Nothing found here" in response.content.decode()
