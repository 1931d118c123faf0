"""How far apart the outlines of two masks `bool[h, w]` run, in pixels.

A mask's outline is its foreground pixels with a background pixel beside them (4-neighbours); pixels at the rim of the
picture count as outline.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

_BAND_PX = 5
_FAR_PX = 20.0


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


def outline_traits(drawn: Mask, true: Mask) -> tuple[float, float, float]:
    """How a drawn outline runs beside the true one, neither mask empty: (offset, sensitivity, specificity).

    Offset (px): median over the true outline of the signed distance to the drawn one, positive where it was drawn too
    wide, in -20..20. Sensitivity, specificity: share drawn of the object's, and left out of the background's, pixels
    within 5 px of the true outline.
    """
    rows, columns = ndimage.find_objects((drawn | true).astype(np.uint8))[0]
    wide = (_widened(rows, true.shape[0]), _widened(columns, true.shape[1]))
    drawn, true = drawn[wide], true[wide]
    inside, outside = ndimage.distance_transform_edt(drawn), ndimage.distance_transform_edt(~drawn)
    offset = np.median(np.clip((inside - outside)[_outline(true)], -_FAR_PX, _FAR_PX))
    near = ndimage.binary_dilation(_outline(true), iterations=_BAND_PX)
    object_, ground = near & true, near & ~true
    sensitivity = int((drawn & object_).sum()) / max(int(object_.sum()), 1)
    specificity = 1 - int((drawn & ground).sum()) / max(int(ground.sum()), 1)
    # On the innermost line of its own mask a distance is 1, on the first line outside -1.
    centred = float(offset - 1 if offset > 0 else offset)
    return round(centred, 4), round(sensitivity, 4), round(specificity, 4)


def _widened(side: slice, length: int) -> slice:
    return slice(max(0, side.start - _BAND_PX - 1), min(length, side.stop + _BAND_PX + 1))


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
