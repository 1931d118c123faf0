"""Where gold goes among the tasks of a hand: a random draw for every place, never a pattern.

A fixed position or every k-th place is found out within days; so is a long run of gold. Floors are broken before
caps: where gold is scarce less of it is dealt, where open tasks are gone none is.

People of whom little is known are dealt somewhat more of it (Bragg, Mausam and Weld, HCOMP 2016: adaptive teaching and
testing beats any fixed rate), within bounds that give nothing away: a ladder from .4 down to .1 betrays gold by its
place in a history, a ratio of 1.4 does not, nor by how many of those who conspire meet it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from quality.domain.reliability import Reliability

HIGHEST_RATE = 0.5  # of a place
HIGHEST_MIXTURE = 0.35  # of a release: below the rate of a place, or what chance left behind is never caught up with
LONGEST_RUN = 3
SPREAD = 1.4  # largest ratio between the rates a person meets over time
_PRIOR_WORTH = 5.0  # answers that is worth what is believed of a person beforehand


@dataclass(frozen=True)
class Draw:
    """What kind of task goes to each place; fewer places than asked for when tasks run out. `chances`: of gold, as it
    was when each place was drawn."""

    is_gold: list[bool]
    chances: list[float]

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
    return min(wanted, HIGHEST_MIXTURE, gold_answers / (gold_answers + n_open * target))


def appetite(person: Reliability | None, *, prevalence: Mapping[str, float] | None = None) -> float:
    """How much another known answer of this person would tell, 0-1; 1 for somebody nobody knows.

    What is not known of a chance to be right after n answers spreads by 1 / sqrt(n + 5), five answers being what is
    believed beforehand. Class answers: class by class, by `prevalence` among open tasks (None = alike). After a change
    in how they answer less is known again.

    How right the answers were takes no part: people who conspire to answer wrongly would be dealt gold at a rate of
    their own, so that more or fewer of them would meet a gold task than an open one.
    """
    if person is None:
        return 1.0
    rows: Mapping[str, Mapping[str, float]] = person.state.get("confusion", {})
    if not rows:
        return _spread(float(person.state.get("worth", person.n)))
    classes = prevalence or dict.fromkeys(rows, 1.0)
    spread = sum(share * _spread(sum(rows.get(key, {}).values())) for key, share in classes.items())
    return spread / sum(classes.values())


def _spread(n: float) -> float:
    """Of the chance to be right after `n` answers, over that of somebody new."""
    return math.sqrt(_PRIOR_WORTH / (n + _PRIOR_WORTH))


@dataclass(frozen=True)
class Lasting:
    """How long a stock lasts at the pace of late: `left` of `a_day`; `days` with a 90 % interval, infinite where
    nothing is used."""

    left: int
    a_day: float
    days: float
    low: float
    high: float


def lasting(left: int, *, used: int, days: float) -> Lasting:
    """Forecast from `used` in the last `days`: a Poisson pace with its exact interval (Garwood 1936).

    >>> lasting(50, used=70, days=7)
    Lasting(left=50, a_day=10.0, days=5.0, low=4.1..., high=6.1...)
    """
    if days <= 0:
        raise ValueError(f"A pace is taken over more than {days:g} days.")
    slow = float(gammaincinv(used, 0.05)) if used else 0.0
    fast = float(gammaincinv(used + 1, 0.95))
    return Lasting(left, used / days, *(left * days / n if n else math.inf for n in (used, fast, slow)))


def leaning(hunger: float) -> float:
    """log of how much likelier than an open task a gold one is drawn for somebody with this `appetite`, before what is
    typical of those who play is taken off; from least to most it spans the log of `SPREAD`."""
    return math.log(SPREAD) * (hunger - 0.5)


def odds_factor(lean: float, *, typical: float) -> float:
    """The factor of the odds of gold, within `SPREAD` as a whole. `typical`: mean of `leaning` over the places dealt of
    late: on the whole gold goes as fast as open tasks do, however well everybody is known."""
    half = math.log(SPREAD) / 2
    return math.exp(min(max(lean - typical, -half), half))


def highest_rate(first: float) -> float:
    """The most that somebody meets who began at the rate `first`; the least is this by `SPREAD`, while gold lasts."""
    return min(first * SPREAD**0.5, HIGHEST_RATE)


def draw(
    rng: np.random.Generator,
    *,
    places: int,
    highest: float,
    n_gold: int,
    n_open: int,
    factor: float = 1.0,
    last_run: int = 0,
    ending: bool = False,
) -> Draw:
    """Decide each of `places` places at random: P(gold) follows the mixture that is left, so that both kinds last
    equally long, with its odds times `factor` and at most `highest`.

    `n_gold`, `n_open`: tasks this person can still be dealt. After `LONGEST_RUN` gold in a row (`last_run` of them
    before this draw) comes an open one. The draw ends with the last open task. `ending`: no more will be released, and
    gold left over by then would be known by having fewer answers; among the last few it goes at `HIGHEST_RATE`.
    """
    decisions: list[bool] = []
    chances: list[float] = []
    run = last_run
    for _ in range(places):
        if n_open == 0:
            break
        if run >= LONGEST_RUN:
            chance = 0.0
        elif ending and _may_outlast(n_gold, n_open):
            chance = HIGHEST_RATE
        else:
            chance = min(highest, factor * n_gold / (factor * n_gold + n_open))
        gold = bool(rng.random() < chance)
        decisions.append(gold)
        chances.append(chance)
        run = run + 1 if gold else 0
        n_gold, n_open = n_gold - gold, n_open - (not gold)
    return Draw(decisions, chances)


def _may_outlast(n_gold: int, n_open: int) -> bool:
    """Whether gold could outlast the open tasks, by bad luck (3 sd), even if dealt at `HIGHEST_RATE` from here."""
    gold_an_open = sum(HIGHEST_RATE**run for run in range(1, LONGEST_RUN + 1))
    return n_gold > 0 and n_gold + 3 * math.sqrt(n_gold) >= n_open * gold_an_open
