"""Limits that start at zero: requests of an earlier test, or of another process on the same Redis, do not count."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest


def fresh(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, by a prefix (clearing a shared one would take from others), and one long window."""
    monkeypatch.setattr("webapp.accounts.limits.time", SimpleNamespace(time=lambda: 1_000_000_020.0))
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
