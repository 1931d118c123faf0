"""Hands are as long as their player's pace asks for."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from quality.store.pace import LEAST, MOST, Pace

HAND = UUID(int=1)
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def size_after(seconds: float, *, live: int, held: int = 12) -> int:
    pace = Pace()
    pace.filled(HAND, held=held, now=START)
    return pace.size(HAND, live=live, now=START + timedelta(seconds=seconds))


def test_whoever_is_not_known_yet_gets_the_least():
    assert Pace().size(HAND, live=0, now=START) == LEAST == 12


def test_whoever_thinks_gets_the_least():
    assert size_after(30, live=2) == 12


def test_a_fast_player_gets_four_seconds_ahead():
    assert size_after(2, live=2) == 20  # five a second


def test_nobody_holds_more_than_the_most():
    assert size_after(0.5, live=0, held=60) == MOST == 60


def test_a_hand_that_was_left_alone_starts_from_the_least():
    pace = Pace()
    pace.filled(HAND, held=60, now=START)
    later = START + timedelta(minutes=2)
    pace.forget(later)
    assert pace.size(HAND, live=0, now=later) == 12
