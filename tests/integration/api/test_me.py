"""One's own page: standing, boards, everything stored, and leaving."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.api.site import PLAY
from webapp.accounts import consent, services
from webapp.accounts.models import User
from webapp.game.services import refresh_standings

pytestmark = pytest.mark.django_db


def test_me_shows_my_standing_with_its_badges_spelled_out(site):
    person = site.volunteer()
    site.play_round(person, score=80)
    body = site.client(person).get(f"{PLAY}me").json()
    (standing,) = body.pop("standings")
    assert body.pop("joined_at")
    assert body.pop("look_backs") == []
    assert body == {"pseudonym": person.pseudonym, "is_guest": True, "on_boards": True, "email": None}
    assert standing == {
        "project": "cells",
        "title": "Cells",
        "points": 80,
        "points_week": 80,
        "rounds": 1,
        "rating": 71,  # 80 - 1.2816 * 15 / sqrt(5)
        "rank": 1,
        "rank_week": 1,
        "level": 1,
        "days_this_week": 1,
        "streak_weeks": 1,
        "badges": [{"key": "first_round", "name": "First round", "description": "You finished your first round."}],
    }


def test_the_board_shows_the_best_and_those_near_me(site):
    people = [site.volunteer() for _ in range(20)]
    for number, person in enumerate(people):
        site.play_round(person, score=5 * (20 - number))
    board = site.client(people[14]).get(f"{PLAY}leaderboard?project=cells&span=all").json()
    assert [p["rank"] for p in board["top"]] == list(range(1, 11))
    assert [p["points"] for p in board["top"]] == [100, 95, 90, 85, 80, 75, 70, 65, 60, 55]
    assert [p["rank"] for p in board["near"]] == [12, 13, 14, 15, 16, 17, 18]
    assert [p["pseudonym"] for p in board["near"] if p["is_me"]] == [people[14].pseudonym]
    me = {"rank": 15, "pseudonym": people[14].pseudonym, "points": 30, "level": 1, "is_me": True, "rating": 39}
    assert board["me"] == me


def test_places_go_by_what_rounds_score_at_least_not_by_luck_or_number(site):
    careful, lucky, busy = (site.volunteer() for _ in range(3))
    for score in (85, 90, 85, 90, 85, 90):
        site.play_round(careful, score=score)
    site.play_round(lucky, score=100)
    for _ in range(12):
        site.play_round(busy, score=70)
    board = site.client(careful).get(f"{PLAY}leaderboard?project=cells").json()
    assert [p["pseudonym"] for p in board["top"]] == [p.pseudonym for p in (careful, lucky, busy)]
    top = {p["pseudonym"]: p for p in board["top"]}
    assert top[busy.pseudonym]["points"] > top[careful.pseudonym]["points"]
    assert board["me"]["rank"] == 1


def test_equal_points_share_a_place(site):
    people = [site.volunteer() for _ in range(3)]
    for person, score in zip(people, (50, 80, 80), strict=True):
        site.play_round(person, score=score)
    board = site.client(people[0]).get(f"{PLAY}leaderboard").json()
    assert [p["rank"] for p in board["top"]] == [1, 1, 3]
    assert board["project"] is None


def test_who_does_not_want_to_be_seen_is_not(site):
    shy, other = site.volunteer(), site.volunteer()
    for person in (shy, other):
        site.play_round(person, score=90)
    client = site.client(shy)
    changed = client.patch(f"{PLAY}me", json.dumps({"on_boards": False}), "application/json")
    assert changed.json()["on_boards"] is False
    board = site.client(other).get(f"{PLAY}leaderboard").json()
    assert [p["pseudonym"] for p in board["top"]] == [other.pseudonym]
    mine = client.get(f"{PLAY}leaderboard").json()
    me = {"rank": 0, "pseudonym": shy.pseudonym, "points": 90, "level": 1, "is_me": True, "rating": 81}
    assert mine["me"] == me
    assert mine["near"] == []
    refresh_standings(project=site.project)
    assert [s["rank"] for s in client.get(f"{PLAY}me").json()["standings"]] == [0]


def test_my_data_is_mine_and_says_nothing_of_right_or_wrong(site):
    person, other = site.volunteer(), site.volunteer()
    site.play_round(person)
    site.play_round(other)
    reply = site.client(person).get(f"{PLAY}me/data")
    assert reply["Content-Disposition"] == 'attachment; filename="goldvein-my-data.json"'
    body = reply.json()
    assert body["person"]["pseudonym"] == person.pseudonym
    assert [c["text_version"] for c in body["consents"]] == [consent.CURRENT.version]
    assert body["api_keys"] == 2
    assert len(body["answers"]) == len(body["assignments"]) == 10
    assert body["answers"][0]["answer"] == {"kind": "class", "label": "cat"}
    assert body["answers"][0]["picture"] == "cells-0000.png"
    assert [(r["project"], r["score"]) for r in body["rounds"]] == [("cells", 80)]
    assert {key for answer in body["answers"] for key in answer} == {
        "assignment",
        "project",
        "picture",
        "label",
        "answer",
        "trace",
        "client_ms",
        "submitted_at",
    }
    mine = {str(a.pk) for a in person.assignments.all()}
    assert {a["assignment"] for a in body["answers"]} == mine
    assert other.pseudonym not in reply.content.decode()


def test_i4_a_score_that_is_not_shown_yet_is_nowhere(site):
    person = site.volunteer()
    later = timezone.now() + timezone.timedelta(seconds=20)
    played = site.play_round(person, score=80, shown_at=later)
    client = site.client(person)
    assert [(r["score"], r["points"]) for r in client.get(f"{PLAY}me/data").json()["rounds"]] == [(None, None)]
    assert client.get(f"{PLAY}rounds/{played.pk}").json()["score"] is None


@pytest.mark.parametrize(("query", "kept"), [("", True), ("?keep_answers=true", True), ("?keep_answers=false", False)])
def test_leaving_is_asked_for_at_once_and_ends_every_key(site, query, kept):
    person = site.volunteer()
    client = site.client(person)
    assert client.delete(f"{PLAY}me{query}").status_code == 202
    person.refresh_from_db()
    assert person.deletion_requested_at is not None
    assert person.keep_answers is kept
    assert client.get(f"{PLAY}me").status_code == 401


def test_leaving_needs_a_clear_word(site):
    client = site.client(site.volunteer())
    assert client.delete(f"{PLAY}me?keep_answers=perhaps").status_code == 400
    assert User.objects.get().is_active


def test_a_guests_answers_follow_into_the_account_and_the_first_wins(site):
    account = site.volunteer()
    account.email = "ada@example.org"
    account.save(update_fields=["email"])
    guest = site.volunteer()
    site.play_round(guest, score=60)
    site.play_round(account, score=80)  # the same ten tasks, later
    services.join_account(guest=guest, account=account)
    body = site.client(account).get(f"{PLAY}me/data").json()
    assert len({a["picture"] for a in body["answers"]}) == len(body["answers"]) == 10
    kept = {a["assignment"] for a in body["answers"]}
    assert kept.isdisjoint({str(a.pk) for a in guest.assignments.all()})


def test_projects_are_for_everybody_to_see(site):
    site.new_project("drafts", state="draft")
    (project,) = Client().get(f"{PLAY}projects").json()
    assert project == {
        "slug": "cells",
        "title": "Cells",
        "summary": "",
        "kind": "class",
        "prompt": "What is it?",
        "labels": [
            {"key": "cat", "name": "Cat", "colour": "#2f6fde", "shortcut": "1"},
            {"key": "dog", "name": "Dog", "colour": "#2f6fde", "shortcut": "2"},
        ],
        "round_size": 10,
        "assist": True,
        "percent_done": 0,
    }
    detail = Client().get(f"{PLAY}projects/cells").json()
    assert {k: detail.pop(k) for k in ("guideline", "exemplars")} == {"guideline": "", "exemplars": []}
    assert detail == project
