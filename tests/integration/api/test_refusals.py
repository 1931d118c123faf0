"""Whatever comes in, what goes out is `{"detail": "one sentence"}` with a fitting status, never a 500."""

import json

import pytest
from django.test import Client

from api.common.json import MAX_BYTES
from tests.integration.api.site import PLAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(site) -> Client:
    return site.client(site.volunteer())


def refused(reply, status: int) -> str:
    assert reply.status_code == status, reply.content[:500]
    body = reply.json()
    assert set(body) == {"detail"}
    assert isinstance(body["detail"], str)
    assert body["detail"]
    return body["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'"consent"', 400),
        (b'{"consent": NaN}', 400),
        (b'{"consent": 1e999}', 400),
        (b'{"consent": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b"\xff\xfe{}", 400),
        (b'{"consent": true, "consent_version": "\\u0000"}', 400),
        (b'{"consent": true, "consent_version": "\\ud800"}', 400),
        (b'{"consent": "' + b"x" * MAX_BYTES + b'"}', 413),
    ],
)
def test_a_body_that_is_no_good(body, status):
    refused(Client().post(f"{PLAY}join", body, "application/json"), status)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e400"])
def test_a_number_beyond_every_float_is_refused_deep_down_too(site, number):
    person = site.volunteer()
    site.deal(person)
    client = site.client(person)
    assignment = client.post(f"{PLAY}projects/cells/next").json()["assignment"]["id"]
    body = f'{{"answer": {{"kind": "nothing"}}, "trace": {{"assist": {{"iou": {number}}}}}}}'
    reply = client.put(f"{PLAY}assignments/{assignment}/annotation", body, "application/json")
    assert "too large a number" in refused(reply, 400)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udc00\\ud800"])
def test_text_that_no_database_takes_is_refused_deep_down_too(site, text):
    person = site.volunteer()
    site.deal(person)
    client = site.client(person)
    assignment = client.post(f"{PLAY}projects/cells/next").json()["assignment"]["id"]
    body = '{"answer": {"kind": "nothing"}, "trace": {"a": [{"%s": 1}]}}' % text  # noqa: UP031  (braces)
    refused(client.put(f"{PLAY}assignments/{assignment}/annotation", body, "application/json"), 400)


def test_escaped_emoji_are_fine(site):
    person = site.volunteer()
    site.deal(person)
    client = site.client(person)
    assignment = client.post(f"{PLAY}projects/cells/next").json()["assignment"]["id"]
    body = json.dumps({"answer": {"kind": "nothing"}, "trace": {"mood": "\N{GRINNING FACE}"}})
    assert "\\ud83d" in body
    assert client.put(f"{PLAY}assignments/{assignment}/annotation", body, "application/json").status_code == 201


def test_another_content_type(client):
    refused(client.post(f"{PLAY}join", {"consent": "true"}), 415)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nowhere",
        "projects/cells/nowhere",
        "assignments/1/annotation",
        "assignments/1/skip",
        "rounds/not-a-uuid",
        "rounds/00000000-0000-0000-0000-000000000000",
        "projects/no-such/next",
        "projects/%00/next",
    ],
)
def test_what_is_not_there(client, path):
    reply = client.post(PLAY + path) if path.endswith(("next", "skip")) else client.get(PLAY + path)
    refused(reply, 404)


def test_another_method(client):
    refused(client.get(f"{PLAY}projects/cells/next"), 405)


@pytest.mark.parametrize("path", ["me", "me/data", "leaderboard", "rounds/00000000-0000-0000-0000-000000000000"])
def test_nobody_and_wrong_keys_are_401(path):
    assert refused(Client().get(PLAY + path), 401) == "Authentication credentials were not provided."
    for key in ("wrong", "", "\u00fc\u00fc", "x" * 5000):
        reply = Client().get(PLAY + path, headers={"Authorization": f"Token {key}"})
        assert refused(reply, 401) == "This API key is not known, or no longer."
        assert reply["WWW-Authenticate"] == "Token"


def test_a_session_needs_its_csrf_token(site):
    person = site.volunteer()
    site.deal(person)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    assert browser.get(f"{PLAY}me").status_code == 200
    assert refused(browser.post(f"{PLAY}projects/cells/next"), 403).startswith("CSRF Failed")
    browser.cookies["csrftoken"] = "a" * 32
    assert browser.post(f"{PLAY}projects/cells/next", headers={"X-CSRFToken": "a" * 32}).status_code == 200


def test_a_huge_form_from_a_page(site):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(site.volunteer())
    browser.cookies["csrftoken"] = "a" * 32
    form = "a=" + "x" * (5 * 2**20)
    refused(browser.post(f"{PLAY}join", form, "application/x-www-form-urlencoded"), 400)


def test_whatever_format_a_client_accepts_it_gets_json(client):
    reply = client.get(f"{PLAY}projects?format=xml", headers={"Accept": "text/html"})
    assert reply.status_code == 200
    assert reply["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "status"),
    [("project=no-such", 404), ("project=%00", 400), ("span=year", 400), ("project=cells&span=all", 200)],
)
def test_the_boards_query(client, query, status):
    assert client.get(f"{PLAY}leaderboard?{query}").status_code == status
