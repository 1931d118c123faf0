"""When something is due again, within one process."""

import time
from collections.abc import Hashable


class Clock:
    """Says when something is due again; per process, so that a restart begins with everything."""

    def __init__(self, every: float) -> None:
        self.every = every
        self._last: dict[Hashable, float] = {}

    def due(self, key: Hashable = None) -> bool:
        if time.monotonic() - self._last.get(key, float("-inf")) < self.every:
            return False
        self._last[key] = time.monotonic()
        return True

    def again(self, key: Hashable = None) -> None:
        self._last.pop(key, None)
