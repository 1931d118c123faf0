"""Pages while the database or Redis is away."""

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisIsGone

NEW = {"email": "somebody@example.org", "password1": "granite-and-gold", "password2": "granite-and-gold"}


def raising(error):
    def fail(*given, **named):
        raise error

    return fail


@pytest.mark.parametrize("error", [OperationalError("gone"), RedisIsGone("Connection refused.")])
def test_a_page_says_to_come_again(client, monkeypatch, error):
    monkeypatch.setattr("webapp.accounts.adapter.AccountAdapter.new_user", raising(error))
    reply = client.post("/accounts/signup/", NEW)
    assert (reply.status_code, reply["Retry-After"]) == (503, "5")
    assert "The site is busy; please try again in a moment." in reply.content.decode()


def test_a_fault_of_ours_stays_one(client, monkeypatch):
    monkeypatch.setattr("webapp.accounts.adapter.AccountAdapter.new_user", raising(KeyError("x")))
    with pytest.raises(KeyError):
        client.post("/accounts/signup/", NEW)
