"""Guests: in with one consent, known by a generated name, and able to become an account that keeps everything."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from tests.integration.api.site import Site
from webapp.accounts import consent, services, tokens
from webapp.accounts.models import Consent, PlayToken, User

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-9"


def play_in_browser(client: Client) -> User:
    """Press the consent page's button."""
    client.post("/consent/", {"version": consent.CURRENT.version})
    return User.objects.get(pk=client.session["_auth_user_id"])


def sign_up(client: Client, email: str) -> None:
    reply = client.post("/accounts/signup/", {"email": email, "password1": PASSWORD, "password2": PASSWORD})
    assert reply.status_code == 302, reply.content[-2000:]


def log_in(client: Client, email: str) -> None:
    reply = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert reply.status_code == 302, reply.content[-2000:]


def test_a_guest_is_a_pseudonym_a_consent_and_a_hashed_key():
    user, token = services.join_guest(consent_version=consent.CURRENT.version)
    assert user.is_guest
    assert user.has_consented
    assert not user.has_usable_password()
    assert [c.text_version for c in user.consents.all()] == [consent.CURRENT.version]
    assert [t.digest for t in user.play_tokens.all()] == [tokens.digest(token)]
    assert token not in tokens.digest(token)


def test_nobody_joins_on_another_text_than_todays():
    with pytest.raises(services.Refused, match=r"now version 2, not 0; please read it again"):
        services.join_guest(consent_version="0")
    assert not User.objects.exists()


def test_agreeing_twice_is_agreeing_once():
    user, _ = services.join_guest(consent_version=consent.CURRENT.version)
    services.agree(by=user, consent_version=consent.CURRENT.version)
    assert Consent.objects.count() == 1


def test_a_name_that_is_taken_is_drawn_again(monkeypatch):
    draws = iter(["Calm Quartz 1000", "Calm Quartz 1000", "Kind Opal 2000"])
    monkeypatch.setattr("webapp.accounts.names.draw", lambda: next(draws))
    first, _ = services.join_guest(consent_version=consent.CURRENT.version)
    second, _ = services.join_guest(consent_version=consent.CURRENT.version)
    assert (first.pseudonym, second.pseudonym) == ("Calm Quartz 1000", "Kind Opal 2000")


def test_a_guest_who_signs_up_stays_the_same_person(client):
    guest = play_in_browser(client)
    sign_up(client, "Ada@Example.org")
    same = User.objects.get()
    assert same.pk == guest.pk
    assert same.pseudonym == guest.pseudonym
    assert same.email == "ada@example.org"
    assert same.has_consented
    assert EmailAddress.objects.get().user_id == guest.pk
    assert client.session["_auth_user_id"] == str(guest.pk)


def test_signing_up_without_having_played_makes_a_person_who_has_yet_to_agree(client):
    sign_up(client, "ada@example.org")
    user = User.objects.get()
    assert user.pseudonym
    assert not user.has_consented


def test_a_guest_who_logs_in_joins_the_account():
    owner = Client()
    account = play_in_browser(owner)
    sign_up(owner, "ada@example.org")
    phone = Client()
    guest = play_in_browser(phone)
    key = services.new_token(by=guest)
    log_in(phone, "ada@example.org")
    guest.refresh_from_db()
    assert phone.session["_auth_user_id"] == str(account.pk)
    assert guest.merged_into_id == account.pk
    assert not guest.is_active
    assert PlayToken.objects.get(digest=tokens.digest(key)).user_id == account.pk


def test_an_account_that_logs_in_to_another_joins_nothing():
    browser = Client()
    first = play_in_browser(browser)
    sign_up(browser, "ada@example.org")
    other = Client()
    play_in_browser(other)
    sign_up(other, "bob@example.org")
    log_in(browser, "bob@example.org")
    first.refresh_from_db()
    assert first.merged_into is None
    assert first.is_active


def test_a_password_can_be_changed_and_reset_behind_the_wall(client, mailoutbox, settings):
    settings.SENDS_MAIL = True
    play_in_browser(client)
    sign_up(client, "ada@example.org")
    changed = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another-long-1", "password2": "another-long-1"},
    )
    assert changed.status_code == 302
    assert User.objects.get().check_password("another-long-1")
    assert Client().post("/accounts/password/reset/", {"email": "ada@example.org"}).status_code == 302
    assert [m.to for m in mailoutbox if "reset" in m.body.lower()] == [["ada@example.org"]]


def play(client: Client, site: Site, user: User, label: str) -> None:
    """Deal ten questions to `user`, who answers them all in this browser."""
    site.deal(user)
    for _ in range(10):
        assignment = client.post("/api/v1/play/projects/cells/next").json()["assignment"]["id"]
        url = f"/api/v1/play/assignments/{assignment}/annotation"
        body = json.dumps({"answer": {"kind": "class", "label": label}})
        assert client.put(url, body, "application/json").status_code == 201


def labels_of(client: Client) -> list[str]:
    return [a["answer"]["label"] for a in client.get("/api/v1/play/me/data").json()["answers"]]


def test_a_guest_who_signs_up_keeps_every_answer(client, site):
    guest = play_in_browser(client)
    play(client, site, guest, "cat")
    sign_up(client, "ada@example.org")
    assert labels_of(client) == ["cat"] * 10


def test_a_guest_who_logs_in_brings_answers_along_and_the_first_wins(site):
    phone, laptop = Client(), Client()
    guest, account = play_in_browser(phone), play_in_browser(laptop)
    sign_up(laptop, "ada@example.org")
    play(phone, site, guest, "cat")
    play(laptop, site, account, "dog")  # the same ten pictures, later
    play(laptop, site, account, "dog")  # and ten more
    log_in(phone, "ada@example.org")
    assert sorted(labels_of(phone)) == ["cat"] * 10 + ["dog"] * 10
    site.deal(account)
    assert phone.post("/api/v1/play/projects/cells/next").status_code == 200


def test_the_pages_of_an_account_work_behind_the_wall(client):
    play_in_browser(client)
    sign_up(client, "ada@example.org")
    for page in ("email/", "password/change/", "logout/"):
        assert client.get(f"/accounts/{page}").status_code == 200, page
    client.post("/accounts/email/", {"action_add": "", "email": "countess@example.org"})
    client.post("/accounts/email/", {"action_primary": "", "email": "countess@example.org"})
    client.post("/accounts/email/", {"action_remove": "", "email": "ada@example.org"})
    assert list(EmailAddress.objects.values_list("email", "primary")) == [("countess@example.org", True)]
    assert User.objects.get().email == "countess@example.org"
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/api/v1/play/me").status_code == 401
