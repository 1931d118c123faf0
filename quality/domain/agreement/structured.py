"""Boxes and outlines: alpha with a distance of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

from quality.domain.agreement.base import NOTHING, RESAMPLES, Agreement, Vector, coefficient, even, indices
from quality.domain.answers import Boxes
from quality.domain.metrics import match_boxes

T = TypeVar("T")

_MATCH_IOU = 0.5


def box_likeness(a: tuple[Boxes, list[str]], b: tuple[Boxes, list[str]]) -> float:
    """F1 between two people's boxes, `float[n, 4]` with n labels each, in 0-1; each match counts by its IoU.

    Two people who both drew none agree: 1.
    """
    (edges_a, labels_a), (edges_b, labels_b) = a, b
    if len(labels_a) + len(labels_b) == 0:
        return 1.0
    same = np.array([[one == other for other in labels_b] for one in labels_a], dtype=bool)
    allowed = same.reshape(len(labels_a), len(labels_b))
    matches = match_boxes(edges_a, edges_b, threshold=_MATCH_IOU, allowed=allowed)
    return 2 * sum(match.iou for match in matches) / (len(labels_a) + len(labels_b))


def structured_agreement(
    answers: Mapping[Any, Mapping[Any, T]],
    alike: Callable[[T, T], float],
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    strangers: int = 2000,
) -> Agreement:
    """Of boxes or outlines: task -> person -> answer; `alike` is in 0-1 and symmetric (Dice, F1, ...).

        alpha = 1 - D_o / D_e

    D_o: mean of 1 - `alike` over pairs that answered one task, each task weighed by its answers; D_e: the same over
    `strangers` random pairs of answers to different tasks (Krippendorff's alpha with a distance of one's own; Braylan
    and others 2022). `alike` may raise ValueError for two answers that cannot be compared: pairs of strangers only.
    """
    shared = {task: given for task, given in answers.items() if len(given) >= 2}
    tasks = list(shared)
    people, n_people = indices([person for given in shared.values() for person in given])
    sizes = [len(given) for given in shared.values()]
    of_task = np.repeat(np.arange(len(tasks)), sizes)
    places = np.split(people, np.cumsum(sizes)[:-1]) if tasks else []
    pairs = [
        (i, where[a], where[b], 1 - alike(given[a], given[b]))
        for i, (given, where) in enumerate(zip((list(g.values()) for g in shared.values()), places, strict=True))
        for a, b in combinations(range(len(given)), 2)
    ]
    apart = _apart(shared, alike, rng, strangers)
    if not pairs:
        return Agreement(NOTHING, None, NOTHING, 0, 0, 0)
    task, first, second, distance = (np.array(column) for column in zip(*pairs, strict=True))

    def over(times: Vector, weight: Vector) -> tuple[float, float]:
        """(alpha, mean likeness) with each task and each person counted so often."""
        worth = weight[first] * weight[second]
        ways = np.bincount(task, worth, len(tasks))  # unordered pairs
        size = np.bincount(of_task, weight[people], len(tasks))
        far = np.bincount(task, worth * distance, len(tasks))
        ratio = np.divide(far, ways, out=np.zeros(far.size), where=ways > 0)
        counted = times * size * (ways > 0)
        if counted.sum() == 0:
            return np.nan, np.nan
        observed = float(counted @ ratio / counted.sum())
        mean = 1 - float((times * (ways > 0)) @ ratio / (times * (ways > 0)).sum())
        return (1 - observed / apart if apart > 0 else np.nan), mean

    once, everybody = np.ones(len(tasks)), np.ones(n_people)
    draws = rng.multinomial(len(tasks), even(len(tasks)), size=resamples).astype(float)
    crowds = rng.multinomial(n_people, even(n_people), size=resamples).astype(float)
    asis = np.array([over(once, everybody)])
    by_task = np.array([over(draw, everybody) for draw in draws])
    by_person = np.array([over(once, crowd) for crowd in crowds])
    alpha, mean = (coefficient(asis[:, k], by_task[:, k], by_person[:, k]) for k in range(2))
    return Agreement(alpha, None, mean, len(tasks), n_people, len(people))


def _apart(
    shared: Mapping[Any, Mapping[Any, T]], alike: Callable[[T, T], float], rng: np.random.Generator, n: int
) -> float:
    """Mean distance of answers to different tasks; NaN where none can be compared."""
    given = [list(people.values()) for people in shared.values()]
    distances = []
    for _ in range(n if len(given) >= 2 else 0):
        one, other = rng.choice(len(given), 2, replace=False) if len(given) < 50 else rng.integers(len(given), size=2)
        if one == other:
            continue
        a, b = (given[i][int(rng.integers(len(given[i])))] for i in (one, other))
        try:
            distances.append(1 - alike(a, b))
        except ValueError:
            continue
    return float(np.mean(distances)) if distances else float("nan")
