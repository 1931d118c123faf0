"""How far apart the outlines of two masks `bool[h, w]` run, in pixels.

A mask's outline is its foreground pixels with a background pixel beside them (4-neighbours); pixels at the rim of the
picture count as outline.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]


def surface_dice(a: Mask, b: Mask, *, tolerance: float) -> float:
    """Share of both outlines that lies within `tolerance` px of the other one, in 0-1 (Nikolov et al. 2021).

    Two empty masks: 1. One empty: 0.
    """
    if not a.any() or not b.any():
        return float(not a.any() and not b.any())
    to_b, to_a = _outline_distances(a, b)
    near = np.count_nonzero(to_b <= tolerance) + np.count_nonzero(to_a <= tolerance)
    return float(near / (to_b.size + to_a.size))


def hausdorff95(a: Mask, b: Mask) -> float:
    """95th percentile of the distances between the outlines (px), the larger of both directions.

    Two empty masks: 0. One empty: infinity.
    """
    if not a.any() or not b.any():
        return 0.0 if not a.any() and not b.any() else float("inf")
    to_b, to_a = _outline_distances(a, b)
    return float(max(np.percentile(to_b, 95), np.percentile(to_a, 95)))


def _outline_distances(a: Mask, b: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances of a's outline pixels to b's outline, and of b's to a's; worked out in the window that holds both."""
    if a.shape != b.shape:
        raise ValueError(f"Masks must have one shape, these are {a.shape} and {b.shape}.")
    window = ndimage.find_objects((a | b).astype(np.uint8))[0]
    outline_a, outline_b = _outline(a[window]), _outline(b[window])
    to_b = ndimage.distance_transform_edt(~outline_b)[outline_a]
    to_a = ndimage.distance_transform_edt(~outline_a)[outline_b]
    return to_b, to_a


def _outline(mask: Mask) -> Mask:
    outline: Mask = mask & ~ndimage.binary_erosion(mask)  # outside the window is background, so the rim is outline
    return outline
