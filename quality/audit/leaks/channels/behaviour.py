"""Honest people: do they linger, zoom, skip, flag or give up more on gold than on open tasks that are as hard?

If they do, gold can be felt. Figures are taken against each person's own usual and within thirds of equal difficulty,
which is how much other people's answers to the task differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from quality.audit.leaks.attacks import learned, too_few
from quality.audit.leaks.evidence import Behaviour, Evidence, TaskKey
from quality.audit.leaks.table import Table, tabulate
from quality.audit.leaks.verdict import Attack
from quality.domain.answers import Answer, is_abstention
from quality.domain.rubrics import RUBRICS

KEY = "behaviour"
ENOUGH_PEOPLE = 10
_COMPARED = 5  # answers of a task, for its difficulty


def attacks(evidence: Evidence) -> list[Attack]:
    rows = [row for row in evidence.behaviour if row.task in evidence.truth.gold]
    if not rows:
        return []
    gold = np.array([evidence.truth.gold[row.task] for row in rows], dtype=bool)
    people, tasks = [row.person for row in rows], [row.task for row in rows]
    table = tabulate([{**row.figures} for row in rows])
    usual = _less_means(table.values, people)
    level = _less_means(usual, strata(evidence, rows)) if table.names else usual
    shortfall = too_few(gold, what="answers of people")
    if len(set(people)) < ENOUGH_PEOPLE:
        shortfall = f"too few people: {len(set(people))} played, {ENOUGH_PEOPLE} are needed"
    return learned(
        KEY,
        Table(table.names, level),
        gold,
        groups=people,
        clusters={"task": tasks, "person": people},
        shortfall=shortfall,
        seed=evidence.seed,
    )


def strata(evidence: Evidence, rows: Sequence[Behaviour]) -> list[int]:
    """Third of difficulty of each row's task; tasks answered once are a class of their own (-1)."""
    hard = difficulty(evidence.kind, rows)
    cuts = np.quantile(list(hard.values()), [1 / 3, 2 / 3]) if hard else np.zeros(2)
    return [int(np.searchsorted(cuts, hard[row.task], side="right")) if row.task in hard else -1 for row in rows]


def difficulty(kind: str, rows: Sequence[Behaviour]) -> dict[TaskKey, float]:
    """1 - mean score (0-1, by the rubric) of one person's answer held against another's, of tasks with two or more."""
    answers: dict[TaskKey, list[Answer]] = defaultdict(list)
    sizes = {row.task: row.size for row in rows}
    for row in rows:
        if row.answer is not None and not is_abstention(row.answer) and len(answers[row.task]) < _COMPARED:
            answers[row.task].append(row.answer)
    found = {}
    for task, given in answers.items():
        pairs = [RUBRICS[kind](a, b, size=sizes[task]).score for a, b in combinations(given, 2)]
        known = [score for score in pairs if score is not None]
        if known:
            found[task] = 1 - float(np.mean(known))
    return found


def _less_means(values: NDArray[np.float64], keys: Sequence[object]) -> NDArray[np.float64]:
    """Each group's mean taken away."""
    codes = np.unique(np.array([str(key) for key in keys]), return_inverse=True)[1]
    counts = np.bincount(codes)
    means = [np.bincount(codes, weights=column) / counts for column in values.T]
    return values - np.column_stack(means)[codes] if means else values
