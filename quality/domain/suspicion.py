"""Whose answers somebody should look at: a hint with its reasons, never a verdict (I12).

    c = (g + t) / 2,     suspect where P(theta < c) >= .95

theta: a person's expected rubric score; g: what guessing scores (1/K with K labels, 0 for boxes and masks); t: the
median of the crowd. So a suspect is almost surely nearer to guessing than to their colleagues, however few or many
known answers that rests on. P is that of the Beta with the posterior's mean and spread. Two more hints come from the
same known answers: somebody who changed for the worse (`reliability.drift`) and somebody who keeps proposals that were
wrong on purpose (`reliability.scored.rubber_stamping`).

Simulated with a fifth of bad people, 20 known answers each (tests): the bad ones rank last with AUC >= .95, and at most
1 % of the good ones are hinted at.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.special import betainc

from quality.domain.reliability import Reliability
from quality.domain.reliability.scored import changes_of, rubber_stamping

Key = TypeVar("Key", bound=Hashable)

SURE = 0.95
FEWEST = 5  # known answers before anything is said of somebody, or taken from them for what is typical
_INTERVAL_IN_SD = 3.29  # a 90 % interval of something like a normal
_KEEPS_MORE_THAN = 0.5


@dataclass(frozen=True)
class Suspicion:
    """`probability`: that this person is nearer to guessing than to the crowd, 0-1; `bound`: the score half-way between
    the two. `reasons`: a sentence each; none for nearly everybody."""

    probability: float
    bound: float
    reasons: tuple[str, ...] = ()

    @property
    def is_suspect(self) -> bool:
        return bool(self.reasons)


def suspicions(people: Mapping[Key, Reliability], *, guessing: float) -> dict[Key, Suspicion]:
    """Of everybody in a project. `guessing`: what somebody who guesses scores, 0-1."""
    known = [person.mean for person in people.values() if person.n >= FEWEST]
    if not known:
        return {key: Suspicion(0.0, guessing) for key in people}
    bound = (guessing + max(float(np.median(known)), guessing)) / 2
    everybody = [person.state for person in people.values() if person.state.get("planted")]
    return {key: _suspicion(person, bound, everybody) for key, person in people.items()}


def _suspicion(person: Reliability, bound: float, everybody: list[dict[str, object]]) -> Suspicion:
    probability = below(person, bound)
    if person.n < FEWEST:
        return Suspicion(probability, bound)
    reasons = []
    if probability >= SURE:
        told = " and what others said" if person.state.get("peers") else ""
        reasons.append(
            f"Scores {person.mean:.0%} by {person.n} known answers{told}, nearer to guessing than to the others "
            f"(chance of that: {min(probability, 0.999):.1%})."
        )
    if changes := changes_of(person.state):
        times = "once" if changes == 1 else f"{changes} times"
        reasons.append(f"Answered well at first and then changed for the worse, {times}.")
    if person.state.get("planted"):
        keeps = rubber_stamping(person.state, everybody)
        if keeps.low > _KEEPS_MORE_THAN:
            reasons.append(
                f"Keeps {keeps.mean:.0%} of the proposals that were wrong on purpose "
                f"(90 % interval {keeps.low:.0%} to {keeps.high:.0%}, {keeps.n:.0f} shown)."
            )
    return Suspicion(probability, bound, tuple(reasons))


def below(person: Reliability, bound: float) -> float:
    """P(their expected score < `bound`), 0-1, from the posterior's mean and 90 % interval."""
    mean = min(max(person.mean, 1e-3), 1 - 1e-3)
    sd = max((person.high - person.low) / _INTERVAL_IN_SD, 1e-3)
    worth = max(mean * (1 - mean) / sd**2 - 1, 0.1)
    return float(betainc(mean * worth, (1 - mean) * worth, min(max(bound, 0.0), 1.0)))
