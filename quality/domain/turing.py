"""A Turing test of pictures: can people tell made pictures from real ones?

Two designs, both of two-way decisions. Singles (yes-no): a picture is made or real. Pairs (two-alternative forced
choice): one of two pictures is made, and people say whether it is the first or the second. A decision has a `signal`
(singles: the picture is made; pairs: the made one came first) and what was `said`; the signal is the positive class.

Sensitivity d' = z(H) - z(F) and criterion c = -(z(H) + z(F)) / 2 from hit rate H and false-alarm rate F, for pairs
both divided by sqrt(2) (Macmillan and Creelman 2005), with the log-linear correction (Hautus 1995).

Intervals take person and picture as crossed random effects (`quality.domain.crossed`), with Student's t on the fewer
of the two. Those of proportions are Wilson's with the effective number of decisions (Korn and Graubard 1998). Whether
people guess is shown by two one-sided tests, TOST (Schuirmann 1987): that a difference was not found shows nothing.

>>> Confusion(tp=113, fn=124, fp=146, tn=135).accuracy
0.478...
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from quality.domain.crossed import codes, crossed_variance, influence_of_mean
from quality.domain.stats import wilson_interval

LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
MARGINS = (0.05, 0.10)
GUESS = 0.5
MOST_DECISIONS = 10**9


@dataclass(frozen=True)
class Confusion:
    """Counts of decisions; shares are None where nothing was counted."""

    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def n(self) -> int:
        return self.tp + self.fn + self.fp + self.tn

    @property
    def accuracy(self) -> float | None:
        return _share(self.tp + self.tn, self.n)

    @property
    def precision(self) -> float | None:
        """Of what was called made, how much was."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """Of what was made, how much was called so: the hit rate."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def corrected(self) -> tuple[float, float]:
        """Hit and false-alarm rate, log-linear: half a decision is added to each cell, so neither is 0 or 1."""
        return (self.tp + 0.5) / (self.tp + self.fn + 1), (self.fp + 0.5) / (self.fp + self.tn + 1)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval and standard error."""

    value: float
    low: float
    high: float
    error: float


@dataclass(frozen=True)
class Equivalence:
    """Whether accuracy lies within `margin` of one half. `p`: TOST; `shown` at 5 %.

    `needed_if_guessing`: decisions still needed to show it with 80 % power if people guess; `needed_as_seen`: if their
    accuracy is what was seen, None where that lies beyond the margin. More of the same: as many a person and picture.
    """

    margin: float
    p: float
    shown: bool
    needed_if_guessing: int
    needed_as_seen: int | None


@dataclass(frozen=True)
class PictureRate:
    """How often one picture (a couple, in pairs) was judged right, 0-1, with Wilson's 95 % interval."""

    picture: str
    n: int
    rate: float
    low: float
    high: float


class Decisions:
    """n decisions. `signal`, `said`: bool; `person`, `picture`: whose and of what (pairs: of which couple)."""

    def __init__(
        self,
        signal: Sequence[bool] | NDArray[np.bool_],
        said: Sequence[bool] | NDArray[np.bool_],
        person: Sequence[object],
        picture: Sequence[object],
        *,
        pairs: bool = False,
    ) -> None:
        sizes = {len(signal), len(said), len(person), len(picture)}
        if len(sizes) != 1 or sizes == {0}:
            raise ValueError(f"Expected four rows of one length above 0, these have {sorted(sizes)}.")
        self.signal, self.said = np.asarray(signal, dtype=bool), np.asarray(said, dtype=bool)
        self.pairs = pairs
        self._pictures = [str(key) for key in picture]
        self._clusters = [codes(person), codes(picture)]

    def __len__(self) -> int:
        return len(self.signal)

    @property
    def people(self) -> int:
        return int(self._clusters[0].max()) + 1

    @property
    def pictures(self) -> int:
        return int(self._clusters[1].max()) + 1

    @property
    def right(self) -> NDArray[np.bool_]:
        """bool[n]: where what was said is true."""
        return self.signal == self.said

    @cached_property
    def confusion(self) -> Confusion:
        def count(signal: bool, said: bool) -> int:
            return int(((self.signal == signal) & (self.said == said)).sum())

        return Confusion(count(True, True), count(True, False), count(False, True), count(False, False))

    @cached_property
    def accuracy(self) -> Estimate:
        """Share of right decisions; for pairs the pick rate: how often the made one was picked."""
        found = self._proportion(self.right)
        assert found is not None
        return found

    @cached_property
    def precision(self) -> Estimate | None:
        return self._proportion(self.signal, self.said)

    @cached_property
    def recall(self) -> Estimate | None:
        return self._proportion(self.said, self.signal)

    @cached_property
    def said_share(self) -> Estimate:
        """How often people said "made" (pairs: "the first"), whatever was true."""
        found = self._proportion(self.said)
        assert found is not None
        return found

    @cached_property
    def d_prime(self) -> Estimate | None:
        """None unless both signals occurred."""
        return self._normal(1.0, -1.0)

    @cached_property
    def criterion(self) -> Estimate | None:
        """Above 0: slow to say "made" (pairs: "the first"). None unless both signals occurred."""
        return self._normal(-0.5, -0.5)

    @cached_property
    def design_effect(self) -> float:
        """How many times more decisions are needed than if none shared a person or picture; at least 1."""
        p, n = self.accuracy.value, len(self)
        if p in (0.0, 1.0):
            return n / min(self.people, self.pictures)
        return max(1.0, self.accuracy.error**2 * n / (p * (1 - p)))

    def equivalence(self, margin: float) -> Equivalence:
        """TOST of accuracy against one half +- `margin` (0-0.5)."""
        found, freedom = self.accuracy, self._freedom
        error = max(found.error, 1e-12)
        low, high = found.value - (GUESS - margin), (GUESS + margin) - found.value
        p = float(stats.t.sf(min(low, high) / error, freedom)) if freedom else 1.0

        def still(away: float) -> int | None:
            total = decisions_needed(margin, design_effect=self.design_effect, away=away)
            return None if total is None else max(0, total - len(self))

        shown = p < ALPHA
        guessing, as_seen = still(0.0), still(abs(found.value - GUESS))
        assert guessing is not None
        return Equivalence(margin, p, shown, 0 if shown else guessing, 0 if shown else as_seen)

    def picture_rates(self) -> list[PictureRate]:
        """Every picture, the one most often judged right first."""
        keys = np.array(self._pictures)
        rates = []
        for key in dict.fromkeys(self._pictures):
            right = self.right[keys == key]
            low, high = wilson_interval(float(right.sum()), len(right), level=LEVEL)
            rates.append(PictureRate(key, len(right), float(right.mean()), low, high))
        return sorted(rates, key=lambda rate: (-rate.rate, -rate.n, rate.picture))

    @property
    def _freedom(self) -> int:
        return min(self.people, self.pictures) - 1

    @property
    def _quantile(self) -> float:
        return float(stats.t.ppf((1 + LEVEL) / 2, self._freedom)) if self._freedom else math.inf

    def _proportion(self, values: NDArray[np.bool_], chosen: NDArray[np.bool_] | None = None) -> Estimate | None:
        rows = np.ones(len(self), dtype=bool) if chosen is None else chosen
        if not rows.any():
            return None
        p = float(values[rows].mean())
        variance = crossed_variance(influence_of_mean(values, rows), self._clusters)
        fewest = min(len(np.unique(key[rows])) for key in self._clusters)
        effective = p * (1 - p) / variance if variance > 0 else float(fewest)
        # Student's t in Wilson's formula, by the number of decisions that would widen the normal one as much.
        z = float(stats.norm.ppf((1 + LEVEL) / 2))
        low, high = wilson_interval(p * effective * (z / self._quantile) ** 2, effective * (z / self._quantile) ** 2)
        return Estimate(p, low, high, math.sqrt(variance))

    def _normal(self, of_hits: float, of_alarms: float) -> Estimate | None:
        """`of_hits` z(H) + `of_alarms` z(F), and its error by the delta method, never below the binomial one."""
        n_signal, n_noise = int(self.signal.sum()), int((~self.signal).sum())
        if not n_signal or not n_noise:
            return None
        scale = 1 / math.sqrt(2) if self.pairs else 1.0
        value, binomial = 0.0, 0.0
        influence = np.zeros(len(self))
        rates = zip(self.confusion.corrected, (of_hits, of_alarms), (self.signal, ~self.signal), strict=True)
        for rate, factor, rows in rates:
            z = float(stats.norm.ppf(rate))
            slope = scale * factor / float(stats.norm.pdf(z))
            value += scale * factor * z
            influence += slope * influence_of_mean(self.said, rows)
            binomial += slope**2 * rate * (1 - rate) / rows.sum()
        error = math.sqrt(max(crossed_variance(influence, self._clusters), binomial))
        half = self._quantile * error
        return Estimate(value, value - half, value + half, error)


def decisions_needed(margin: float, *, design_effect: float = 1.0, away: float = 0.0) -> int | None:
    """Decisions for 80 % power of TOST at 5 % that accuracy lies within `margin` of one half, if it is `away` from it.

    None where `away` is not within the margin.

    >>> decisions_needed(0.10), decisions_needed(0.05)
    (215, 857)
    """
    if away >= margin:
        return None
    spread = design_effect * (GUESS + away) * (GUESS - away)
    z = float(stats.norm.ppf(1 - ALPHA))

    def power(n: int) -> float:
        error = math.sqrt(spread / n)
        return float(stats.norm.cdf((margin - away) / error - z) + stats.norm.cdf((margin + away) / error - z) - 1)

    low, high = 0, 1
    while power(high) < POWER:
        if high > MOST_DECISIONS:
            return None
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high
