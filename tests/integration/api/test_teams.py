"""Teams by the API: as much as the pages can do, as blind, and as little told."""

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.api.site import PLAY
from tests.integration.api.test_refusals import refused
from tests.integration.api.test_schema import exact, said
from webapp.accounts import services as accounts
from webapp.game import services as game
from webapp.game import teams

pytestmark = pytest.mark.django_db


def test_founding_joining_and_leaving(site):
    ada, ben = site.volunteer(), site.volunteer()
    first, second = site.client(ada), site.client(ben)
    assert refused(first.get(f"{PLAY}me/team"), 404) == "You are in no team."
    founded = first.post(f"{PLAY}teams")
    assert founded.status_code == 201
    exact(said("post", "teams", 201), founded.json())
    code = founded.json()["code"]
    joined = second.put(f"{PLAY}me/team", {"code": f"{code[:5].lower()}-{code[5:]}"}, "application/json").json()
    assert joined == {**founded.json(), "members": [ben.pseudonym, ada.pseudonym]}
    assert first.get(f"{PLAY}me/team").json()["members"] == [ada.pseudonym, ben.pseudonym]
    for _ in range(2):
        assert second.delete(f"{PLAY}me/team").status_code == 204
    assert first.get(f"{PLAY}me/team").json()["members"] == [ada.pseudonym]


def test_the_board_of_teams_shows_generated_names_and_no_code(site):
    careful, busy, alone = (site.volunteer() for _ in range(3))
    names = [teams.create_team(by=person).name for person in (careful, busy)]
    for person, scores in ((careful, [90] * 4), (busy, [70] * 6)):
        for score in scores:
            site.play_round(person, score=score)
    assert site.client(alone).get(f"{PLAY}teams").json() == {"span": "week", "places": []}
    teams.refresh(now=timezone.now(), all_of_them=True)
    reply = site.client(busy).get(f"{PLAY}teams?span=all")
    exact(said("get", "teams", 200), reply.json())
    places = reply.json()["places"]
    assert [(place["rank"], place["name"], place["is_mine"]) for place in places] == [
        (1, names[0], False),
        (2, names[1], True),
    ]
    assert "code" not in reply.content.decode()


def test_who_hides_is_counted_and_not_named(site):
    ada, shy = site.volunteer(), site.volunteer()
    team = teams.create_team(by=ada)
    teams.join_team(by=shy, code=team.code)
    accounts.show_on_boards(by=shy, shown=False)
    body = site.client(ada).get(f"{PLAY}me/team").json()
    assert (body["members"], body["hidden"]) == ([ada.pseudonym], 1)


def test_what_cannot_be_done_is_said_in_one_sentence(site):
    client = site.client(site.volunteer())
    wrong = client.put(f"{PLAY}me/team", {"code": "AAAAA-AAAAA"}, "application/json")
    assert refused(wrong, 400).startswith("No team has this code.")
    assert refused(client.put(f"{PLAY}me/team", {}, "application/json"), 400) == "code: This field is required."
    client.post(f"{PLAY}teams")
    assert refused(client.post(f"{PLAY}teams"), 400).startswith("You are in a team already.")
    assert refused(client.get(f"{PLAY}teams?span=year"), 400).startswith("span:")


def test_strangers_and_who_did_not_consent_are_kept_out(site):
    person = site.volunteer()
    client = site.client(person)
    person.consent_version = "0"
    person.save(update_fields=["consent_version"])
    for who, status in ((Client(), 401), (client, 403)):
        refused(who.get(f"{PLAY}teams"), status)
        refused(who.post(f"{PLAY}teams"), status)
        refused(who.get(f"{PLAY}me/team"), status)
        refused(who.put(f"{PLAY}me/team", {"code": "A"}, "application/json"), status)
        refused(who.delete(f"{PLAY}me/team"), status)


def test_codes_cannot_be_tried_in_large_numbers(site, settings):
    settings.THROTTLE = True
    client = site.client(site.volunteer())
    replies = [client.put(f"{PLAY}me/team", {"code": "A"}, "application/json") for _ in range(11)]
    assert {reply.status_code for reply in replies[:10]} == {400}
    assert int(replies[10]["Retry-After"]) > 0
    refused(replies[10], 429)


def test_a_teams_rating_moves_with_whole_rounds_alone(site):
    """I4: what a team's page and board say changes when a round is shown, never with an answer in one."""
    ada = site.volunteer()
    client = site.client(ada)
    client.post(f"{PLAY}teams")

    def shown():
        game.tick(timezone.now())
        teams.refresh(now=timezone.now(), all_of_them=True)
        return client.get(f"{PLAY}teams?span=all").json(), client.get(f"{PLAY}me/team").json()

    before = shown()
    site.deal(ada, count=9)
    for _ in range(9):
        assignment = client.post(f"{PLAY}projects/cells/next").json()["assignment"]["id"]
        body = {"answer": {"kind": "class", "label": "cat"}}
        assert client.put(f"{PLAY}assignments/{assignment}/annotation", body, "application/json").status_code == 201
    assert shown() == before
    site.play_round(ada, score=80)
    assert shown() != before
