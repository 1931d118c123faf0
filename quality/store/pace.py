"""How much a person is dealt ahead: enough for a few seconds at the pace of late.

Most people look at a picture for longer than the dealer's round takes; who answers at a glance would find the hand
empty. All that counts is how fast a hand is played, never what is in it (I3).
"""

import math
from datetime import datetime, timedelta
from uuid import UUID

LEAST = 12
MOST = 60
SECONDS_AHEAD = 4.0
REFILL_BELOW = 0.75  # of the size
REMEMBERED = timedelta(minutes=1)


class Pace:
    """What hands held when they were last filled; after a restart everybody starts from the least."""

    def __init__(self) -> None:
        self._filled: dict[UUID, tuple[datetime, int]] = {}

    def size(self, hand_id: UUID, *, live: int, now: datetime) -> int:
        """How many assignments a hand should hold that holds `live` now."""
        when, held = self._filled.get(hand_id, (now, live))
        seconds = max((now - when).total_seconds(), 0.5)
        return min(max(math.ceil((held - live) / seconds * SECONDS_AHEAD), LEAST), MOST)

    def filled(self, hand_id: UUID, *, held: int, now: datetime) -> None:
        """Note that a hand holds `held` assignments from now on."""
        self._filled[hand_id] = (now, held)

    def forget(self, now: datetime) -> None:
        """Drop hands that were not filled lately: whoever plays them is slow or gone."""
        self._filled = {key: entry for key, entry in self._filled.items() if now - entry[0] < REMEMBERED}
