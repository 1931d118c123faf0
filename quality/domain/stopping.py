"""When a task has enough answers, and which of those that lack some comes next.

One rule for gold and open tasks. It looks only at what both have (I1, I3): the answers that count, and the crowd's own
expected error ("risk", `risk_of`), worked out alike for both and never from a truth.

    rule = RiskGoal(goal=0.05)
    rule.wanted(counted=2, target=5, risk=0.02)     # 2: enough
    rule.wanted(counted=2, target=5, risk=0.20)     # 3: one more

Stopping at a target risk: Branson, Van Horn and Perona, CVPR 2017. A rule is a class here and a line in `rule_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.domain.consensus.base import Fused
from quality.domain.recalibration import expected_quality

# Of somebody with fewer graded answers the site knows what people in general are like, and little more.
KNOWN_BY = 5.0
NEW_CROWD_LEAST = 3
# Times the goal: a task at the very goal would open and close with every breath of its people's weights.
REOPEN_AT = 1.5
URGENCY_SPREAD = 2.0  # between the least and the most urgent task, in the chance of being drawn


def risk_of(kind: str, fused: Fused | None) -> float | None:
    """The expected error of a consensus, 0-1: class 1 - P(label), box 1 - expected F1, mask 1 - expected Dice times
    P(right object). None where nobody has said anything."""
    if fused is None:
        return None
    return 1 - expected_quality(kind, fused.probabilities, fused.uncertainty)


class StoppingRule(Protocol):
    @property
    def heeds_risk(self) -> bool:
        """Whether `risk` plays a part."""
        ...

    def wanted(
        self, *, counted: int, target: int, risk: float | None, known: float = KNOWN_BY, done: bool = False
    ) -> int:
        """How many answers a task wants at present, at most `target`; it is done when it has them.

        `counted`: those it has; `risk`: see `risk_of`; `known`: graded answers a voter has on average; `done`: whether
        it was done before.
        """
        ...


@dataclass(frozen=True)
class FixedRedundancy:
    """As many answers as the target says, whatever they are."""

    heeds_risk: ClassVar[bool] = False

    def wanted(
        self, *, counted: int, target: int, risk: float | None, known: float = KNOWN_BY, done: bool = False
    ) -> int:
        return _checked(target)


@dataclass(frozen=True)
class RiskGoal:
    """One answer more as long as the crowd's expected error is above `goal` (0-1), from `least` answers on.

    Crowds that little is known of answer at least three times: two strangers who agree may be alike rather than right.
    """

    heeds_risk: ClassVar[bool] = True

    goal: float
    least: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.goal < 1:
            raise ValueError(f"A goal for the expected error lies between 0 and 1; it is {self.goal:g}.")
        if self.least < 1:
            raise ValueError(f"A task wants at least one answer, this rule wants {self.least}.")

    def wanted(
        self, *, counted: int, target: int, risk: float | None, known: float = KNOWN_BY, done: bool = False
    ) -> int:
        least = self.least if known >= KNOWN_BY else max(self.least, NEW_CROWD_LEAST)
        if counted < self.least:
            return min(self.least, _checked(target))
        limit = self.goal * (REOPEN_AT if done else 1.0)
        enough = counted >= (self.least if done else least) and risk is not None and risk <= limit
        return min(counted if enough else counted + 1, _checked(target))


RULES = ("fixed", "risk")


def rule_of(name: str, *, goal: float, least: int) -> StoppingRule:
    """The rule that a project's policy names: "fixed" or "risk"."""
    if name not in RULES:
        raise ValueError(f"A stopping rule is one of {', '.join(RULES)}; it is {name!r}.")
    return RiskGoal(goal, least) if name == "risk" else FixedRedundancy()


def urgency(counted: ArrayLike, risk: ArrayLike) -> NDArray[np.float64]:
    """Weights float[n] with which tasks are drawn, by the expected drop of their risk with one more answer.

    The risk of a mean of n answers falls as 1/n, so the next one takes off risk / (n + 1) of it; `risk` float[n] 0-1,
    NaN before the first answer. Weights lie around 1 and differ by at most `URGENCY_SPREAD`: what is drawn early tells
    next to nothing of what is in a hand.
    """
    n = np.asarray(counted, dtype=np.float64)
    known = np.asarray(risk, dtype=np.float64)
    drop = np.where(np.isnan(known), 1.0, known / (n + 1))
    if drop.size == 0:
        return drop
    typical = max(float(np.median(drop)), 1e-6)
    half = URGENCY_SPREAD**0.5
    result: NDArray[np.float64] = np.clip(drop / typical, 1 / half, half)
    return result


def _checked(target: int) -> int:
    if target < 1:
        raise ValueError(f"A task wants at least one answer, this one wants {target}.")
    return target
