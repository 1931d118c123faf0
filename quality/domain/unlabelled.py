"""People as they would be known had they not given one of their gold answers.

The stopping rule treats a gold task as if nobody knew its answer (I3). What is known of its people was learnt from that
very answer among others, so they would seem surer of it than of open tasks: it stopped after 2.8 answers where open
ones took 3.3 (simulated). Its own answer is therefore taken back out before its votes are weighed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quality.domain.consensus.base import evidence_of
from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.reliability.scored import ScoredEstimator
from quality.domain.rubrics import RubricResult

_PRIOR_WORTH = 4.0  # answers that a person's mean holds beside their own, at least
_INTERVAL = 3.29  # standard deviations that a 90 % interval is wide


def without(person: Reliability, *, worth: float, score: float) -> float:
    """A mean score without one of the answers behind it, which scored `score`; `worth`: evidence in it, in answers.

    The interval says how much the mean holds beside them: what peers told counts for many answers.
    """
    if worth < 1:
        return person.mean
    held = worth + _PRIOR_WORTH
    if person.state.get("peers"):
        mean = min(max(person.mean, 0.01), 0.99)
        held = max(mean * (1 - mean) * (_INTERVAL / max(person.high - person.low, 1e-3)) ** 2 - 1, held)
    return min(max((person.mean * held - score) / (held - 1), 0.0), 1.0)


def as_if_unlabelled(kind: str, person: Reliability, result: RubricResult) -> Reliability:
    """`person` without the answer that got `result`, in constant time. The interval stays as it is."""
    estimator = ESTIMATORS[kind]
    if result.score is None or person.n == 0 or not isinstance(estimator, ScoredEstimator):
        return person
    worth = evidence_of(person)
    score = float(result.score)
    gain = {"worth": 1, "score_sum": score, "score_squares": score * score, **estimator.tally(result.details)}
    return replace(
        person,
        mean=without(person, worth=worth, score=score),
        n=person.n - 1,
        state={
            **person.state,
            "n": person.n - 1,
            **_less({key: person.state[key] for key in gain if key in person.state}, gain),
        },
    )


def _less(sums: Mapping[str, Any], gain: Mapping[str, Any]) -> dict[str, Any]:
    """`sums` without `gain`, entry by entry; never below 0, since old evidence has faded."""
    return {
        key: (_less(value, gain.get(key, {})) if isinstance(value, Mapping) else max(value - gain.get(key, 0), 0))
        for key, value in sums.items()
    }
