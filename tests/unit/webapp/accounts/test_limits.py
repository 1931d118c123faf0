from types import SimpleNamespace

import pytest

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
