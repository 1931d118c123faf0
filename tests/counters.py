"""Limits that start at zero and whose window does not end halfway through a test; a cache that is away."""

from types import SimpleNamespace
from typing import Any

import pytest


def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """One long window; that nobody has counted in it yet is the cache's doing, which is every test's own."""
    monkeypatch.setattr("webapp.accounts.limits.time", SimpleNamespace(time=lambda: 1_000_000_020.0))
    monkeypatch.setattr("webapp.accounts.limits._away_until", 0.0)


class CacheThatIsAway:
    """Whatever is asked of it fails, as with a Redis that does not answer; `asked` counts."""

    def __init__(self) -> None:
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        def fail(*args: Any, **kwargs: Any) -> Any:
            self.asked += 1
            raise ConnectionError("Connection refused.")

        return fail
