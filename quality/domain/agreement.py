"""How much annotators agree with one another, whatever the truth is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from quality.domain.metrics import box_iou, dice, match_boxes


def krippendorff_alpha(tasks: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal labels (2011): 1 = perfect, 0 = as by chance, below 0 = systematic disagreement.

    `tasks` holds each task's answers, in any order; tasks with fewer than two say nothing about agreement. None where
    nothing can be said: no such task, or only one label ever used.

    >>> krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]])
    0.444...
    """
    units = [list(answers) for answers in tasks if len(answers) >= 2]
    labels = {label: i for i, label in enumerate(dict.fromkeys(label for unit in units for label in unit))}
    if len(labels) < 2:
        return None
    coincidences = np.zeros((len(labels), len(labels)))
    for unit in units:
        counts = np.bincount([labels[label] for label in unit], minlength=len(labels)).astype(float)
        coincidences += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    totals = coincidences.sum(axis=0)
    n = totals.sum()
    observed = n - np.trace(coincidences)
    expected = (n * n - (totals**2).sum()) / (n - 1)
    return float(1 - observed / expected)


def mean_pairwise_dice(masks: NDArray[np.bool_]) -> float | None:
    """Mean Dice over all pairs of `bool[n, h, w]`; None for fewer than two masks."""
    values = [dice(a, b) for a, b in combinations(masks, 2)]
    return float(np.mean(values)) if values else None


def mean_pairwise_box_agreement(answers: Sequence[NDArray[np.float64]], *, threshold: float = 0.5) -> float | None:
    """Mean over all pairs of people of the F1 between their boxes `float[n, 4]`, each match counted by its IoU.

    Two people who both drew none agree: 1. None for fewer than two people.
    """
    values = []
    for a, b in combinations(answers, 2):
        if len(a) + len(b) == 0:
            values.append(1.0)
            continue
        matches = match_boxes(a, b, threshold=threshold)
        values.append(2 * sum(match.iou for match in matches) / (len(a) + len(b)))
    return float(np.mean(values)) if values else None


def mean_pairwise_iou(boxes: NDArray[np.float64]) -> float | None:
    """Mean IoU over all pairs of `float[n, 4]`; None for fewer than two boxes."""
    if len(boxes) < 2:
        return None
    overlap = box_iou(boxes, boxes)
    return float(overlap[np.triu_indices(len(boxes), k=1)].mean())
