"""The loop: next, answer, skip, flag, round. Also: nobody sees or touches what is another's (I7)."""

import json
import uuid

import pytest

from tests.integration.api.site import PLAY
from webapp.accounts.models import User
from webapp.annotations.models import Annotation, Flag

pytestmark = pytest.mark.django_db
NEXT = f"{PLAY}projects/cells/next"
CAT = {"answer": {"kind": "class", "label": "cat"}, "trace": {"taps": 1}, "client_ms": 1200}


@pytest.fixture
def person(site):
    person = site.volunteer()
    site.deal(person)
    return person


@pytest.fixture
def client(site, person):
    return site.client(person)


def put(client, assignment: str, body: object = CAT):
    return client.put(f"{PLAY}assignments/{assignment}/annotation", json.dumps(body), "application/json")


def claim(client) -> str:
    return client.post(NEXT).json()["assignment"]["id"]


def test_next_gives_the_first_of_the_hand_and_names_what_follows(client):
    reply = client.post(NEXT)
    assert reply.status_code == 200
    body = reply.json()
    assert body["assignment"]["image"] == {"url": "/pictures/cells-0000.png", "width": 64, "height": 48, "markers": ""}
    assert body["assignment"]["question"] == {
        "kind": "class",
        "prompt": "What is it?",
        "labels": [
            {"key": "cat", "name": "Cat", "colour": "#2f6fde", "shortcut": "1"},
            {"key": "dog", "name": "Dog", "colour": "#2f6fde", "shortcut": "2"},
        ],
    }
    assert body["assignment"]["round"]["position"] == 1
    assert body["assignment"]["round"]["size"] == 10
    assert body["prefetch"] == [f"/pictures/cells-000{n}.png" for n in (1, 2, 3)]
    assert reply["Cache-Control"] == "no-store"
    assert "ETag" not in reply


def test_asking_again_without_an_answer_gives_the_same(client):
    assert claim(client) == claim(client)


def test_a_mask_project_asks_for_one_label(site):
    project = site.new_project("organs", kind="mask")
    person = site.volunteer()
    site.deal(person, project=project)
    question = site.client(person).post(f"{PLAY}projects/organs/next").json()["assignment"]["question"]
    assert [label["key"] for label in question["labels"]] == ["cat"]


def test_an_answer_is_stored_once(client, person):
    assignment = claim(client)
    first, again, other = (
        put(client, assignment),
        put(client, assignment),
        put(client, assignment, {**CAT, "client_ms": 9}),
    )
    assert [r.status_code for r in (first, again, other)] == [201, 200, 409]
    stored = Annotation.objects.get()
    assert first.json() == again.json() == {"assignment": assignment, "round": str(stored.round_id)}
    assert set(other.json()) == {"detail"}
    assert (stored.answer, stored.trace, stored.client_ms) == ({"kind": "class", "label": "cat"}, {"taps": 1}, 1200)
    assert stored.annotator == person


def test_a_round_of_ten_is_scored_only_when_it_is_shown(client, site):
    rounds = set()
    for position in range(1, 11):
        body = client.post(NEXT).json()["assignment"]
        assert body["round"]["position"] == position
        rounds.add(body["round"]["id"])
        assert put(client, body["id"]).status_code == 201
    (number,) = rounds
    assert client.get(f"{PLAY}rounds/{number}").json() == {
        "id": number,
        "project": "cells",
        "state": "waiting",
        "size": 10,
        "score": None,
        "points": None,
    }


def test_a_shown_round_tells_score_and_points(client, site, person):
    played = site.play_round(person, score=83)
    reply = client.get(f"{PLAY}rounds/{played.pk}").json()
    assert (reply["state"], reply["score"], reply["points"]) == ("scored", 85, 85)


def test_a_skipped_question_does_not_count_in_the_round(client):
    first = claim(client)
    assert client.post(f"{PLAY}assignments/{first}/skip").status_code == 204
    assert client.post(f"{PLAY}assignments/{first}/skip").status_code == 204
    second = client.post(NEXT).json()["assignment"]
    assert second["id"] != first
    assert second["round"]["position"] == 1
    assert put(client, second["id"]).status_code == 201


def test_a_flag_reaches_the_moderators(client):
    assignment = claim(client)
    url = f"{PLAY}assignments/{assignment}/flag"
    assert client.post(url, json.dumps({"comment": "upside down"}), "application/json").status_code == 204
    assert client.post(url, json.dumps({"comment": "x" * 501}), "application/json").status_code == 400
    assert Flag.objects.get().comment == "upside down"


def test_nothing_left_is_204_and_a_dealer_behind_is_503(client, site, person, caplog):
    person.hands.update(exhausted=True)
    for _ in range(10):
        put(client, claim(client))
    nothing = client.post(NEXT)
    assert (nothing.status_code, nothing.content) == (204, b"")
    behind = site.client(site.volunteer()).post(NEXT)
    assert behind.status_code == 503
    assert int(behind["Retry-After"]) == 1
    assert behind.json() == {"detail": "New pictures are being dealt; please ask again in a moment."}
    assert caplog.messages == []  # foreseen: nothing for whoever runs the site


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "answer: This field is required."),
        ({"answer": "cat"}, "answer: This must be a JSON object, not str."),
        ({"answer": {"kind": "class", "label": "cow"}}, None),
        ({"answer": {"kind": "box", "boxes": []}}, None),
        ({"answer": {"kind": ["class"]}}, None),
        ({"answer": {"kind": "class", "label": {"a": 1}}}, None),
        ({"answer": CAT["answer"], "trace": [1]}, "trace: This must be a JSON object, not list."),
        ({"answer": CAT["answer"], "client_ms": -1}, "client_ms: Ensure this value is greater than or equal to 0."),
        ({"answer": CAT["answer"], "client_ms": 1e12}, None),
        ({"answer": CAT["answer"], "client_ms": "soon"}, "client_ms: A valid integer is required."),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays(client, body, sentence):
    assignment = claim(client)
    reply = put(client, assignment, body)
    assert reply.status_code == 400
    assert set(reply.json()) == {"detail"}
    if sentence:
        assert reply.json()["detail"] == sentence
    assert not Annotation.objects.exists()
    assert claim(client) == assignment


def test_i7_what_is_anothers_does_not_exist_for_me(client, site, person):
    assignment = claim(client)
    played = site.play_round(person)
    stranger = site.client(site.volunteer())
    replies = [
        put(stranger, assignment),
        stranger.post(f"{PLAY}assignments/{assignment}/skip"),
        stranger.post(f"{PLAY}assignments/{assignment}/flag", "{}", "application/json"),
        stranger.get(f"{PLAY}rounds/{played.pk}"),
    ]
    unknown = [
        put(stranger, str(uuid.uuid4())),
        stranger.post(f"{PLAY}assignments/{uuid.uuid4()}/skip"),
        stranger.post(f"{PLAY}assignments/{uuid.uuid4()}/flag", "{}", "application/json"),
        stranger.get(f"{PLAY}rounds/{uuid.uuid4()}"),
    ]
    assert [r.status_code for r in replies] == [404] * 4
    assert [r.json() for r in replies] == [r.json() for r in unknown]
    assert stranger.get(f"{PLAY}me/data").json()["answers"] == []


@pytest.mark.parametrize(("state", "status"), [("draft", 404), ("closed", 404), ("open", 200)])
def test_only_open_projects_are_played(client, site, state, status):
    site.project.state = state
    site.project.save()
    assert client.post(NEXT).status_code == status


def test_who_did_not_agree_to_todays_text_does_not_play(client, person):
    User.objects.update(consent_version="")
    reply = client.post(NEXT)
    assert (reply.status_code, reply.json()) == (
        403,
        {"detail": "Please read the consent text and agree to it first."},
    )
    assert client.get(f"{PLAY}me").status_code == 200


def test_limits_are_per_person(site, client, settings):
    settings.THROTTLE = True
    statuses = [client.post(NEXT).status_code for _ in range(241)]
    assert statuses == [200] * 240 + [429]
    other = site.volunteer()
    site.deal(other)
    assert site.client(other).post(NEXT).status_code == 200
    settings.THROTTLE = False
    assert client.post(NEXT).status_code == 200
