from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from tests import counters
from webapp.accounts import limits


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch):
    counters.fresh(monkeypatch)


def at(monkeypatch, seconds: float) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: seconds))


def test_so_many_a_window_and_then_wait(monkeypatch):
    at(monkeypatch, 999_999_995.0)  # 25 s before the minute is over
    assert [limits.hit("a", limit=2, seconds=60) for _ in range(4)] == [0, 0, 25, 25]
    assert limits.hit("b", limit=2, seconds=60) == 0
    at(monkeypatch, 1_000_000_040.0)
    assert limits.hit("a", limit=2, seconds=60) == 0


def test_a_limit_of_none_lets_nobody_in():
    assert limits.hit("a", limit=0, seconds=60) > 0


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),  # nobody stands before the site: the header is the sender's own word
        (1, "6.6.6.6, 7.7.7.7", "7.7.7.7"),
        (2, "6.6.6.6, 7.7.7.7, 10.0.0.2", "7.7.7.7"),
        (2, "7.7.7.7", "7.7.7.7"),
        (1, "", "10.0.0.1"),
    ],
)
def test_limits_go_by_the_address_that_the_proxies_vouch_for(settings, proxies, header, address):
    settings.PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=header, REMOTE_ADDR="10.0.0.1")
    assert limits.address_of(request) == address


def test_nobody_is_refused_while_nobody_can_count(monkeypatch):
    away = counters.CacheThatIsAway()
    request = RequestFactory().get("/")
    limit = limits.Limit("join", 1)
    with monkeypatch.context() as gone:
        gone.setattr(limits, "cache", away)
        assert [limits.wait_of(limit, request, person=None) for _ in range(5)] == [0] * 5
    assert away.asked == 1  # whoever asks such a cache may wait for a while
    monkeypatch.setattr(limits, "_away_until", 0.0)
    assert limits.wait_of(limit, request, person=None) == 0
    assert limits.wait_of(limit, request, person=None) > 0
