"""Speed farming: much faster than others on the same pictures, or than oneself before, and less right than others.

Fast people who are right are a gift; both must hold. Times are compared as logarithms, task by task.
"""

from __future__ import annotations

import numpy as np

from quality.domain.fairplay.base import Floats, Ints, Signal, Table, both, far_above

FEWEST = 20  # answers with a time
FACTOR = 0.5  # of others' time, or of one's own before
LESS_RIGHT = 0.05
SHORTEST = 0.1  # seconds; what is faster was measured wrongly


def too_fast(table: Table) -> tuple[list[Signal], int]:
    """Signals of people who take half of others' time or less and are less right; and how many people were tested."""
    size = len(table.people)
    ahead = -_against_others(table)
    mean, count = table.mean_by(table.who, ahead, size)
    p_fast = far_above(np.where(count >= FEWEST, mean, np.nan), _noise(table.who, ahead, mean, count))
    p_wrong, right = _less_right(table)
    p = both(p_fast, p_wrong)
    typical = float(np.nanmedian(np.where(count >= FEWEST, mean, np.nan))) if (count >= FEWEST).any() else 0.0
    signals = []
    for who in np.flatnonzero((count >= FEWEST) & (p_wrong <= LESS_RIGHT)):
        factor = float(np.exp(-(mean[who] - typical)))
        if factor <= FACTOR:
            seconds = float(np.nanmedian(table.seconds[table.who == who]))
            sentence = (
                f"{{0}} takes {factor:.0%} of others' time on the same pictures (median {seconds:.1f} s over "
                f"{count[who]:.0f} answers) and is right in {right[who]:.0%} of what is known; others in "
                f"{float(np.nanmedian(right)):.0%}."
            )
            signals.append(Signal((table.people[who],), sentence, float(p[who])))
    return signals, int((count >= FEWEST).sum())


def sped_up(table: Table) -> tuple[list[Signal], int]:
    """Signals of people who in their later half take half of their own time before or less, others' speed-up aside."""
    size = len(table.people)
    ahead = -_against_others(table)
    late = _later_half(table, np.isfinite(ahead))
    before, n_before = table.mean_by(table.who, np.where(late, np.nan, ahead), size)
    after, n_after = table.mean_by(table.who, np.where(late, ahead, np.nan), size)
    enough = np.minimum(n_before, n_after) >= FEWEST
    gain = np.where(enough, after - before, np.nan)
    noise = _noise(table.who, np.where(late, np.nan, ahead), before, n_before) + _noise(
        table.who, np.where(late, ahead, np.nan), after, n_after
    )
    typical = float(np.nanmedian(gain)) if enough.any() else 0.0
    right_before, known_before = table.mean_by(table.who, np.where(late, np.nan, table.right), size)
    right_after, known_after = table.mean_by(table.who, np.where(late, table.right, np.nan), size)
    judged = enough & (np.minimum(known_before, known_after) >= FEWEST / 2)
    p_wrong = far_above(np.where(judged, right_before - right_after, np.nan), np.zeros(size))
    p = both(far_above(gain, noise), p_wrong)
    signals = []
    for who in np.flatnonzero(judged & (p_wrong <= LESS_RIGHT)):
        factor = float(np.exp(-(gain[who] - typical)))
        if factor <= FACTOR:
            sentence = (
                f"{{0}} came to take {factor:.0%} of the time of before (others' getting used to it aside), and was "
                f"right in {right_after[who]:.0%} of what is known after {right_before[who]:.0%} before."
            )
            signals.append(Signal((table.people[who],), sentence, float(p[who])))
    return signals, int(enough.sum())


def _against_others(table: Table) -> Floats:
    """Logarithm of each time over the mean of the others' on the same task; NaN where there is none."""
    times = np.log(np.where(table.seconds >= SHORTEST, table.seconds, np.where(table.seconds >= 0, SHORTEST, np.nan)))
    tasks = int(table.task.max(initial=-1)) + 1
    known = np.isfinite(times)
    count = np.bincount(table.task[known], minlength=tasks)[table.task] - known
    total = np.bincount(table.task[known], times[known], minlength=tasks)[table.task] - np.where(known, times, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, times - total / count, np.nan)


def _noise(codes: Ints, values: Floats, means: Floats, count: Floats) -> Floats:
    """Variance of each mean."""
    known = np.isfinite(values)
    squares = np.bincount(codes[known], (values[known] - means[codes[known]]) ** 2, minlength=means.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(squares / np.maximum(count - 1, 1) / count)


def _less_right(table: Table) -> tuple[Floats, Floats]:
    """p of each person's being as right as this crowd's people are, and their shares of right answers."""
    mean, count = table.mean_by(table.who, table.right, len(table.people))
    wrong = np.where(count >= FEWEST / 2, 1 - mean, np.nan)
    noise = np.nan_to_num(wrong * (1 - wrong) / np.maximum(count, 1))
    return far_above(wrong, noise), mean


def _later_half(table: Table, counted: np.ndarray) -> np.ndarray:
    """Which answers lie in the later half of their person's counted ones; the table is in order of time."""
    later = np.zeros(table.who.size, dtype=bool)
    for places in table.places():
        own = places[counted[places]]
        later[own[own.size // 2 :]] = True
    return later
