"""Limits that start at zero: requests of an earlier test, or of another process on the same Redis, do not count."""

import uuid
from typing import Any


def fresh(settings: Any) -> None:
    """A cache of the test's own, by a prefix; clearing a shared one would take from others."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
