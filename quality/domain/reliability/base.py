from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from quality.domain.rubrics import RubricResult


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
    """What is believed of an annotator before anything of them is known: Beta(alpha, beta) over the expected score."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)


class ReliabilityEstimator(Protocol):
    name: str

    def update(self, state: Mapping[str, Any] | None, result: RubricResult) -> dict[str, Any]:
        """The state after one more graded answer, in constant time; `state` is left alone (None = a newcomer)."""
        ...

    def population(self, states: Iterable[Mapping[str, Any]]) -> Prior:
        """What the annotators of a project have in common."""
        ...

    def estimate(self, state: Mapping[str, Any] | None, prior: Prior) -> Reliability: ...
