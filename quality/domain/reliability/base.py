from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from quality.domain.rubrics import RubricResult

State = Mapping[str, Any]


@dataclass(frozen=True)
class Quantity:
    """A posterior: its mean and shortest 90 % credible interval. `n`: how much evidence is behind it, in answers,
    objects or pictures, whichever it is a share or a mean of."""

    mean: float
    low: float
    high: float
    n: float


@dataclass(frozen=True)
class Reliability:
    """Posterior over an annotator's expected rubric score (class: accuracy), with its 90 % credible interval.

    `n`: graded answers behind it. `state`: JSON, enough to go on updating and to fuse votes.
    """

    mean: float
    low: float
    high: float
    n: int
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Prior:
    """What is believed of an annotator before anything of them is known.

    Over the expected score: these `shares` of people at the points of `proportion.GRID`; without any, Beta(alpha,
    beta), which always has their mean and spread. `dispersion`: variance of a person's scores around their mean, as a
    share of that of coin flips with this mean (1 for right or wrong). `parts`: the same for the kind's own quantities.
    """

    alpha: float
    beta: float
    shares: tuple[float, ...] = ()
    dispersion: float = 1.0
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)


class ReliabilityEstimator(Protocol):
    @property
    def name(self) -> str: ...

    def update(self, state: State | None, result: RubricResult, *, stratum: str | None = None) -> dict[str, Any]:
        """The state after one more graded answer, in constant time; `state` is left alone (None = a newcomer).

        `stratum`: a group of tasks (difficulty, organ, device, assisted or not) that the score is also kept apart for.
        """
        ...

    def hear(self, state: State | None, result: RubricResult) -> dict[str, Any]:
        """The state after one more answer to an open task, graded with the consensus of the other people who answered
        it in the truth's place (`scoring.peer_result`); what that tells is learnt from those who have met gold too."""
        ...

    def population(self, states: Iterable[State], *, profile: bool = True) -> Prior:
        """What the annotators of a project have in common, from all their states (the full fit); without `profile` only
        what `estimate` and `stratum` go by, which is much sooner done."""
        ...

    def estimate(self, state: State | None, prior: Prior) -> Reliability: ...

    def stratum(self, state: State | None, stratum: str, prior: Prior) -> Quantity:
        """The expected score in one stratum; where little is known of it, the person's overall one."""
        ...

    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]:
        """How this annotator answers given the truth, quantity by quantity; each kind's file says which."""
        ...
