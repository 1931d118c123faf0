"""Limits that start at zero and whose window does not end halfway through a test."""

from types import SimpleNamespace

import pytest


def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """One long window; that nobody has counted in it yet is the cache's doing, which is every test's own."""
    monkeypatch.setattr("webapp.accounts.limits.time", SimpleNamespace(time=lambda: 1_000_000_020.0))
