"""Workers of a data set, graded on its gold by the same rubrics and estimators as on the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from quality.domain.answers import Answer
from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.rubrics import RUBRICS


def grade_workers(
    kind: str,
    answers: Iterable[tuple[str, str, Answer]],
    truths: Mapping[str, Answer],
    sizes: Mapping[str, tuple[int, int]],
) -> dict[str, Reliability]:
    """(task, worker, answer) rows -> reliability of every worker in them; who met no gold stands at the population's.

    `sizes`: (h, w) of the gold tasks' pictures.
    """
    estimator = ESTIMATORS[kind]
    states: dict[str, dict[str, Any] | None] = {}
    for task, worker, answer in answers:
        states.setdefault(worker, None)
        if task in truths:
            result = RUBRICS[kind](answer, truths[task], size=sizes[task])
            states[worker] = estimator.update(states[worker], result)
    prior = estimator.population(state for state in states.values() if state is not None)
    return {worker: estimator.estimate(state, prior) for worker, state in sorted(states.items())}
