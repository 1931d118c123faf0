"""Overlap and matching of boxes `float[n, 4]` (x1, y1, x2, y2, half-open edges in px)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Match:
    """Box `first` of one set belongs to box `second` of the other, with overlap `iou`."""

    first: int
    second: int
    iou: float


def box_iou(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """`float[n, 4]`, `float[m, 4]` -> intersection over union `float[n, m]`; a box without area overlaps nothing."""
    both = _shared(a, b, 0) * _shared(a, b, 1)
    union = _area(a)[:, None] + _area(b)[None] - both
    overlap: NDArray[np.float64] = both / np.where(union > 0, union, 1.0)
    return overlap


def match_boxes(a: Boxes, b: Boxes, *, threshold: float, allowed: NDArray[np.bool_] | None = None) -> list[Match]:
    """One-to-one pairs with IoU >= threshold: as many as possible, of those the best overlapping (Kuhn 1955).

    `allowed` bool[n, m] rules pairs out (other label, say).
    """
    overlap = box_iou(a, b)
    possible = overlap >= threshold
    if allowed is not None:
        possible &= allowed
    # One more pair always outweighs any gain in overlap: overlaps add up to less than min(n, m) + 1.
    reward: NDArray[Any] = np.where(possible, overlap + min(overlap.shape, default=0) + 1, 0.0)
    rows, columns = linear_sum_assignment(reward, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [Match(i, j, float(overlap[i, j])) for i, j in pairs if possible[i, j]]


def _shared(a: Boxes, b: Boxes, axis: int) -> NDArray[np.float64]:
    """Length `float[n, m]` that boxes have in common along an axis."""
    first, last = a[:, axis, None], a[:, axis + 2, None]
    length: NDArray[np.float64] = np.minimum(last, b[:, axis + 2]) - np.maximum(first, b[:, axis])
    return np.clip(length, 0, None, out=length)


def _area(boxes: Boxes) -> NDArray[np.float64]:
    area: NDArray[np.float64] = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=-1)
    return area
