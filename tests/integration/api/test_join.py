"""POST join: consent in, key out; with the page's CSRF token a session as well."""

import json

import pytest
from django.test import Client

from tests.integration.api.site import PLAY
from webapp.accounts.models import PlaySession, User

pytestmark = pytest.mark.django_db
JOIN = f"{PLAY}join"


def join(client: Client, body: object = None, **kwargs):
    return client.post(JOIN, json.dumps({"consent": True} if body is None else body), "application/json", **kwargs)


def test_consent_makes_a_guest_with_a_key_that_works(client):
    reply = join(client)
    assert reply.status_code == 201
    user = User.objects.get()
    body = reply.json()
    assert body["annotator"] == {"pseudonym": user.pseudonym, "is_guest": True, "on_boards": True}
    me = Client().get(f"{PLAY}me", headers={"Authorization": f"Token {body['token']}"})
    assert me.status_code == 200
    assert me.json()["pseudonym"] == user.pseudonym
    assert not PlaySession.objects.exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"consent": False}, "consent: Nobody can play without agreeing to the consent text."),
        ({}, "consent: This field is required."),
        ({"consent": "perhaps"}, "consent: Must be a valid boolean."),
        ([True], "Invalid data. Expected a dictionary, but got list."),
        (
            {"consent": True, "consent_version": "0"},
            "consent_version: The consent text is now version 2, not 0; please read it again.",
        ),
    ],
)
def test_without_consent_nobody_joins(client, body, sentence):
    reply = join(client, body)
    assert (reply.status_code, reply.json()) == (400, {"detail": sentence})
    assert not User.objects.exists()


def test_a_page_is_logged_in_as_well():
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32
    reply = join(browser, headers={"X-CSRFToken": "a" * 32})
    assert reply.status_code == 201
    assert browser.get(f"{PLAY}me").json()["pseudonym"] == reply.json()["annotator"]["pseudonym"]


def test_a_forged_page_is_not():
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["csrftoken"] = "a" * 32
    reply = join(browser, headers={"X-CSRFToken": "b" * 32})
    assert reply.status_code == 403
    assert reply.json()["detail"].startswith("CSRF Failed")
    assert not PlaySession.objects.exists()


def test_who_is_known_gets_another_key_and_stays_the_same(client):
    token = join(client).json()["token"]
    again = join(client, headers={"Authorization": f"Token {token}"})
    assert again.status_code == 201
    assert again.json()["token"] != token
    assert User.objects.count() == 1


def test_a_class_behind_one_address_can_join_and_a_flood_cannot(client):
    replies = [join(client).status_code for _ in range(121)]
    assert replies == [201] * 120 + [429]
    refused = join(client)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["detail"] == f"Too many requests; please wait {refused['Retry-After']} seconds."
