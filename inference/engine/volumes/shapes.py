"""Masks between slices by their signed distances (Raya and Udupa 1990), and two repairs of a whole volume.

    d(k) = (1 - t) d(low) + t d(high),   inside where d(k) > 0

Outlines that overlap little are first laid over one another by their centres, so that an organ that wanders from slice
to slice does not vanish in between.
"""

import itertools

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]
SMOOTHING = 0.6  # slices; see `smooth`


def signed_distance(mask: Mask) -> Array:
    """float64[h, w]: distance to the outline in pixels, positive inside; -inf everywhere for an empty mask."""
    if not mask.any():
        return np.full(mask.shape, -np.inf)
    if mask.all():
        return np.full(mask.shape, float(max(mask.shape)))
    return np.asarray(ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask))


def _centre(mask: Mask) -> Array:
    return np.array([axis.mean() for axis in np.nonzero(mask)])


def mask_between(low: Mask, high: Mask, share: float) -> Mask:
    """bool[h, w]: the outline at `share` (0 to 1) of the way from `low` to `high`; empty if either is."""
    if not (low.any() and high.any()):
        return np.zeros(low.shape, bool)
    move = _centre(high) - _centre(low)
    first = ndimage.shift(signed_distance(low), share * move, order=1, mode="nearest")
    second = ndimage.shift(signed_distance(high), (share - 1) * move, order=1, mode="nearest")
    return np.asarray((1 - share) * first + share * second > 0)


def fill(masks: dict[int, Mask]) -> dict[int, Mask]:
    """Masks for all slices between the first and the last of `masks` that have none: {slice: bool[h, w]}."""
    known = sorted(masks)
    return {
        k: mask_between(masks[low], masks[high], (k - low) / (high - low))
        for low, high in itertools.pairwise(known)
        for k in range(low + 1, high)
    }


def smooth(volume: Mask, spread: float = SMOOTHING) -> Mask:
    """bool[slices, h, w] with its steps from slice to slice evened out.

    A Gaussian along the slices over probabilities 1 / (1 + exp(-d)) of the signed distance d in pixels: outlines give
    way to their neighbours by about a pixel, and no slice appears or vanishes on its own account.
    """
    probability = np.stack([1 / (1 + np.exp(-np.clip(signed_distance(m), -30, 30))) for m in volume])
    evened = ndimage.gaussian_filter1d(probability, spread, axis=0, mode="nearest") > 0.5
    return np.asarray(evened & np.asarray(volume.any((1, 2)))[:, None, None])


def largest_part(volume: Mask) -> Mask:
    """The largest connected part (with corners) of a boolean array; unchanged if there is at most one."""
    parts, count = ndimage.label(volume, structure=np.ones((3,) * volume.ndim))
    if count <= 1:
        return volume
    return np.asarray(parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:])))
