"""Two accounts of one person: never at work at the same time, and again and again one begins where the other stopped.

Nothing is recorded for this: only the times of answers are looked at, no address and no device. Given that a session
of the one begins within an hour of the end of one of the other, before or after, it begins in the five minutes after
it with a chance of 5 / 120 for two people who know nothing of one another.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from scipy import stats

from quality.domain.fairplay.base import Floats, Signal, Table

GAP = 600.0  # seconds without an answer end a session
AFTER = 300.0
AROUND = 3600.0
FEWEST_SESSIONS = 4
FEWEST_HANDOVERS = 4


def handovers(table: Table) -> tuple[list[Signal], int]:
    """Signals of pairs; and how many pairs were tested."""
    sessions = {who: sessions_of(table.at[places]) for who, places in enumerate(table.places())}
    sessions = {who: found for who, found in sessions.items() if found.shape[0] >= FEWEST_SESSIONS}
    tested = len(sessions) * (len(sessions) - 1) // 2
    ends = sorted((float(end), who) for who, found in sessions.items() for end in found[:, 1])
    times = np.array([end for end, _ in ends])
    taken: Counter[tuple[int, int]] = Counter()
    near: dict[tuple[int, int], int] = defaultdict(int)
    for who, found in sessions.items():
        for start in found[:, 0]:
            lo, hi = np.searchsorted(times, [start - AROUND, start + AROUND])
            for other in {ends[place][1] for place in range(lo, hi)} - {who}:
                near[min(who, other), max(who, other)] += 1
            lo, hi = np.searchsorted(times, [start - AFTER, start])
            for other in {ends[place][1] for place in range(lo, hi)} - {who}:
                taken[min(who, other), max(who, other)] += 1
    signals = []
    for (one, other), count in taken.items():
        if count < FEWEST_HANDOVERS or _overlap(sessions[one], sessions[other]):
            continue
        tries = near[one, other]
        chance = float(stats.binom.sf(count - 1, tries, AFTER / (2 * AROUND)))
        expected = tries * AFTER / (2 * AROUND)
        sentence = (
            f"{{0}} and {{1}} were never at work at the same time, and {count} times one began within five minutes of "
            f"the other's last answer, of {tries} times within an hour of it; by chance it would be {expected:.1f}."
        )
        signals.append(Signal((table.people[one], table.people[other]), sentence, chance))
    return signals, tested


def sessions_of(at: Floats) -> Floats:
    """First and last time of each session, float[n, 2], from times in order.

    >>> sessions_of(np.array([0.0, 60.0, 5000.0])).tolist()
    [[0.0, 60.0], [5000.0, 5000.0]]
    """
    if not at.size:
        return np.zeros((0, 2))
    breaks = np.flatnonzero(np.diff(at) > GAP)
    return np.stack([at[np.r_[0, breaks + 1]], at[np.r_[breaks, at.size - 1]]], axis=1)


def _overlap(one: Floats, other: Floats) -> bool:
    return bool(((one[:, None, 0] < other[None, :, 1]) & (other[None, :, 0] < one[:, None, 1])).any())
