"""What every request of the volunteer loop needs and staff hardly ever change, kept by each process for a moment."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from webapp.projects.models import Label

SECONDS = 2.0  # after which a change is seen by all

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """`load(key)`, asked for again after SECONDS. What is not there (None) is asked for every time."""

    def __init__(self, load: Callable[[Key], Value | None]) -> None:
        self._load = load
        self._known: dict[Key, tuple[float, Value]] = {}

    def __call__(self, key: Key) -> Value | None:
        until, value = self._known.get(key, (0.0, None))
        if time.monotonic() < until:
            return value
        self._known.pop(key, None)
        loaded = self._load(key)
        if loaded is not None:
            self._known[key] = (time.monotonic() + SECONDS, loaded)
        return loaded


def _label_keys(project_id: int) -> tuple[str, ...]:
    return tuple(Label.objects.filter(project=project_id).values_list("key", flat=True))


label_keys = Remembered[int, tuple[str, ...]](_label_keys)
