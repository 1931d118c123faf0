"""What the API limits, pages limit too: else the limits are for honest programs alone."""

import pytest

from tests import counters
from webapp.accounts.models import User
from webapp.accounts.services import consent_text


@pytest.fixture(autouse=True)
def _counting(settings, monkeypatch):
    settings.THROTTLE = True
    counters.fresh(monkeypatch)


def test_guests_are_not_made_without_end(client):
    form = {"version": consent_text().version}
    for _ in range(120):
        client.cookies.clear()
        assert client.post("/consent/", form).status_code == 302
    client.cookies.clear()
    refused = client.post("/consent/", form)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert "please try again in" in refused.content.decode()
    assert User.objects.count() == 120
    assert client.get("/consent/").status_code == 200


def test_a_page_and_the_api_are_counted_together(player):
    replies = [player.get(path).status_code for path in ("/me/data/", "/api/v1/play/me/data") * 3]
    assert replies == [200] * 6
    assert player.get("/me/data/").status_code == 429
    assert player.get("/api/v1/play/me/data").status_code == 429


def test_codes_of_teams_cannot_be_tried_in_large_numbers(player):
    tries = [player.post("/me/team/", {"action": "join", "code": "A"}).status_code for _ in range(11)]
    assert tries == [302] * 10 + [429]
