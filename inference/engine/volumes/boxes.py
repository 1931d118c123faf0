"""Boxes between key slices: matched by where they lie, then moved linearly, as video annotation does it.

They are proposals: the annotator corrects them, and nothing is proposed before the first or after the last key slice.
"""

import itertools

import numpy as np
from scipy.optimize import linear_sum_assignment

from inference.engine.protocol import Box


def _iou_distance(a: Box, b: Box) -> float:
    """1 - generalised IoU (Rezatofighi et al. 2019), 0 for equal boxes, towards 2 for boxes far apart."""
    inter = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return 1 - (inter / union - (hull - union) / hull)


def match(first: list[Box], second: list[Box]) -> list[tuple[int, int]]:
    """Pairs of indices of boxes that are the same object on two slices; boxes too far apart stay single."""
    if not first or not second:
        return []
    cost = np.array([[_iou_distance(a, b) for b in second] for a in first])
    rows, columns = linear_sum_assignment(cost)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if cost[i, j] < 1.5]


def between(first: list[Box], second: list[Box], share: float) -> list[Box]:
    """The matched boxes at `share` (0 to 1) of the way from one slice to another."""
    pairs = [(first[i], second[j]) for i, j in match(first, second)]
    moved = [tuple((1 - share) * u + share * v for u, v in zip(a, b, strict=True)) for a, b in pairs]
    return [(x1, y1, x2, y2) for x1, y1, x2, y2 in moved]


def interpolate(keys: dict[int, list[Box]]) -> dict[int, list[Box]]:
    """Boxes for the slices between consecutive key slices that have none of their own: {slice: boxes}."""
    found: dict[int, list[Box]] = {}
    known = sorted(keys)
    for low, high in itertools.pairwise(known):
        for k in range(low + 1, high):
            boxes = between(keys[low], keys[high], (k - low) / (high - low))
            if boxes:
                found[k] = boxes
    return found
