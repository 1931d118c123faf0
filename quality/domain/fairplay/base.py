"""What all tests of fair play share: the table of answers, how far somebody stands from the crowd, and multiplicity."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Given:
    """One answer. `said`: a label's key, or for drawings a name that equal drawings share; `drawn` for the latter.

    `at`: when it came, in seconds from any origin; `seconds`: time on task; `right`: 0-1 against the known answer or
    the consensus; None where that is not known.
    """

    person: Hashable
    task: Hashable
    said: str
    at: float
    seconds: float | None = None
    right: float | None = None
    truth: str | None = None
    drawn: bool = False


@dataclass(frozen=True)
class Finding:
    """Evidence for a moderator. `sentence` holds {0} and {1} for the names of `people`; `p` is adjusted (Holm)."""

    kind: str
    people: tuple[Hashable, ...]
    sentence: str
    p: float


@dataclass(frozen=True)
class Signal:
    """What one test says of somebody, before others are taken into account. `p`: one-sided."""

    people: tuple[Hashable, ...]
    sentence: str
    p: float


@dataclass
class Table:
    """Answers as columns, in the order in which they came. Codes of people, tasks and what was said are from 0 up."""

    answers: Sequence[Given]
    people: list[Hashable] = field(init=False)
    says: list[str] = field(init=False)
    who: Ints = field(init=False)
    task: Ints = field(init=False)
    said: Ints = field(init=False)
    at: Floats = field(init=False)
    seconds: Floats = field(init=False)
    right: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.answers = sorted(self.answers, key=lambda answer: answer.at)
        self.people, self.who = _coded([a.person for a in self.answers])
        _, self.task = _coded([a.task for a in self.answers])
        names, self.said = _coded([a.said for a in self.answers])
        self.says = [str(name) for name in names]
        self.at = np.array([a.at for a in self.answers], dtype=np.float64)
        self.seconds = _floats([a.seconds for a in self.answers])
        self.right = _floats([a.right for a in self.answers])

    def places(self) -> list[Ints]:
        """The places of each person's answers, in the order in which they came."""
        counts = np.bincount(self.who, minlength=len(self.people))
        return np.split(np.argsort(self.who, kind="stable"), np.cumsum(counts)[:-1]) if self.people else []

    def mean_by(self, codes: Ints, values: Floats, size: int) -> tuple[Floats, Floats]:
        """Means of the finite `values` by code, and how many there were; NaN where there is none."""
        known = np.isfinite(values)
        count = np.bincount(codes[known], minlength=size).astype(np.float64)
        total = np.bincount(codes[known], values[known], minlength=size)
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / count, count


def _coded(values: Sequence[Hashable]) -> tuple[list[Hashable], Ints]:
    names = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return list(names), np.array([names[value] for value in values], dtype=np.int64)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def far_above(values: Floats, variances: Floats) -> Floats:
    """One-sided p of each value (NaN = not tested: 1) against what honest people spread like.

    Honest people differ from one another far beyond chance, so the null is not "like everybody" but "drawn from this
    crowd": centre and spread are those of the crowd, by median and median absolute deviation, so that up to a third of
    it may be dishonest; Student's t allows for the spread's own error, and for tails longer than the normal ones.
    """
    p = np.ones(values.shape)
    tested = np.isfinite(values)
    n = int(tested.sum())
    if n < FEWEST_PEOPLE:
        return p
    known, noise = values[tested], variances[tested]
    centre = np.median(known)
    spread = max(1.4826 * float(np.median(np.abs(known - centre))), 1e-9) ** 2
    # The crowd's spread holds a typical person's noise already; who was seen less often has more of it.
    own = spread + np.maximum(noise - np.median(noise), 0.0)
    p[tested] = stats.t.sf((known - centre) / np.sqrt(own), df=max(n / 3, 3))  # what the median deviation is worth
    return p


FEWEST_PEOPLE = 8


def both(first: Floats, second: Floats) -> Floats:
    """One p of two pieces of evidence on the same people (Stouffer 1949), correlated as they are in this crowd.

    NaN in either: 1. A correlation below 0 would only make findings surer and is not believed.
    """
    scores = [stats.norm.isf(np.clip(p, 1e-300, 1 - 1e-12)) for p in (first, second)]
    known = np.isfinite(first) & np.isfinite(second) & (first < 1) & (second < 1)
    if known.sum() < FEWEST_PEOPLE:
        return np.ones(first.shape)
    r = float(stats.spearmanr(first[known], second[known]).statistic)
    joint: Floats = stats.norm.sf((scores[0] + scores[1]) / np.sqrt(2 + 2 * max(0.0, r if np.isfinite(r) else 0.0)))
    return np.where(known, joint, 1.0)


def significant(kind: str, signals: Sequence[Signal], *, tested: int, level: float) -> list[Finding]:
    """Findings whose adjusted p is below `level` (Holm 1979, over `tested` tests; these signals are the smallest)."""
    found, largest = [], 0.0
    for rank, signal in enumerate(sorted(signals, key=lambda s: s.p)):
        largest = max(largest, min(1.0, (tested - rank) * signal.p))
        if largest > level:
            break
        found.append(Finding(kind, signal.people, signal.sentence, largest))
    return found


STRONGER = 2.0


def is_stronger(p: float, before: float) -> bool:
    """Whether evidence with the chance `p` is twice what it was at the chance `before`, counted by -log p.

    >>> is_stronger(0.001, before=0.01), is_stronger(0.0001, before=0.01)
    (False, True)
    """
    now, then = (-math.log(max(chance, 1e-300)) for chance in (p, before))
    return now >= STRONGER * then
