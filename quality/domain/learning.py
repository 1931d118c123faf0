"""How an annotator's scores on known answers went, answer by answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quality.domain.reliability.proportion import single

WINDOW = 20  # answers
_FEWEST = 5


@dataclass(frozen=True)
class Point:
    """Mean score, 0-1, of the last answers up to the `n`th, with its 90 % credible interval under a flat prior."""

    n: int
    mean: float
    low: float
    high: float


def learning_curve(scores: Sequence[float], *, window: int = WINDOW, most: int = 60) -> list[Point]:
    """A moving mean over `window` scores float in 0-1, oldest first; at most `most` points, the last one among them.

    Fractional scores count as fractional successes. Nothing is said of fewer than five answers.

    >>> [(point.n, round(point.mean, 2)) for point in learning_curve([1, 1, 0, 1, 1, 1])]
    [(5, 0.71), (6, 0.75)]
    """
    ends = np.arange(_FEWEST, len(scores) + 1)
    if ends.size > most:
        ends = np.unique(np.linspace(_FEWEST, len(scores), most).round().astype(int))
    points = []
    for end in ends.tolist():
        last = scores[max(end - window, 0) : end]
        hits = float(sum(last))
        found = single(1 + hits, 1 + len(last) - hits, n=len(last))
        points.append(Point(end, found.mean, found.low, found.high))
    return points
