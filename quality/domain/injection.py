"""Where gold goes among the tasks of a hand: a random draw for every place, never a pattern.

A fixed position or every k-th place is found out within days; so is a long run of gold. Floors are broken before
caps: where gold is scarce less of it is dealt, where open tasks are gone none is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HIGHEST_RATE = 0.5
LONGEST_RUN = 3
SPREAD = 1.6  # largest ratio between the rates a person meets over time


@dataclass(frozen=True)
class Draw:
    """What kind of task goes to each place; `wanted` places may be fewer than asked for when tasks run out."""

    is_gold: list[bool]

    @property
    def n_gold(self) -> int:
        return sum(self.is_gold)

    @property
    def n_open(self) -> int:
        return len(self.is_gold) - self.n_gold


def feasible_rate(*, wanted: float, n_gold: int, n_open: int, target: int = 1, gold_target: int | None = None) -> float:
    """The share of gold that lasts as long as the open tasks do.

    Each task, gold or open, is answered by `target` people (gold by `gold_target` where that differs), so gold can fill
    at most its own share of all answers. 0 without open tasks: gold alone would be nothing but gold.
    """
    if not 0 <= wanted <= 1:
        raise ValueError(f"A gold rate lies between 0 and 1, not at {wanted}.")
    if n_gold <= 0 or n_open <= 0:
        return 0.0
    gold_answers = n_gold * (target if gold_target is None else gold_target)
    return min(wanted, HIGHEST_RATE, gold_answers / (gold_answers + n_open * target))


def bounded_rate(rate: float, *, lowest: float | None, highest: float | None) -> float:
    """`rate`, kept within `SPREAD` of the least and most this person has met so far (None = nothing yet).

    A rate of 0 passes: where there is no gold none can be dealt.
    """
    if rate <= 0 or lowest is None or highest is None:
        return max(rate, 0.0)
    return float(min(max(rate, highest / SPREAD), lowest * SPREAD))


def draw(rng: np.random.Generator, *, places: int, rate: float, n_gold: int, n_open: int, last_run: int = 0) -> Draw:
    """Decide each of `places` places at random with P(gold) = `rate`.

    `n_gold`, `n_open`: tasks this person can still be dealt; when either is short, the rate follows the mixture that is
    left so that both last equally long. After `LONGEST_RUN` gold in a row (`last_run` of them before this draw) comes
    an open one. The draw ends with the last open task.
    """
    decisions: list[bool] = []
    run = last_run
    for _ in range(places):
        if n_open == 0:
            break
        chance = min(rate, n_gold / (n_gold + n_open))
        gold = run < LONGEST_RUN and bool(rng.random() < chance)
        decisions.append(gold)
        run = run + 1 if gold else 0
        n_gold, n_open = n_gold - gold, n_open - (not gold)
    return Draw(decisions)
