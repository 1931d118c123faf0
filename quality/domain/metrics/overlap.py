"""Overlap of two masks `bool[h, w]`. Two empty masks agree: 1. One empty mask beside one that is not: 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def dice(a: Mask, b: Mask) -> float:
    """2 |A and B| / (|A| + |B|), in 0-1 (Dice 1945). Never below `iou`."""
    both, total = _counts(a, b)
    return 1.0 if total == 0 else 2.0 * both / total


def iou(a: Mask, b: Mask) -> float:
    """|A and B| / |A or B|, in 0-1 (Jaccard 1901)."""
    both, total = _counts(a, b)
    return 1.0 if total == 0 else both / (total - both)


def precision_recall(predicted: Mask, truth: Mask) -> tuple[float, float]:
    """Share of the prediction that is true, share of the truth that is found. An empty denominator counts as 1."""
    both, _ = _counts(predicted, truth)
    n_predicted, n_truth = int(np.count_nonzero(predicted)), int(np.count_nonzero(truth))
    return both / n_predicted if n_predicted else 1.0, both / n_truth if n_truth else 1.0


def _counts(a: Mask, b: Mask) -> tuple[int, int]:
    if a.shape != b.shape:
        raise ValueError(f"Masks must have one shape, these are {a.shape} and {b.shape}.")
    return int(np.count_nonzero(a & b)), int(np.count_nonzero(a)) + int(np.count_nonzero(b))
