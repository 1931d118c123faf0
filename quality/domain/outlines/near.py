"""Signed distances of many masks at once, near their outlines only.

`pool` saturates a few pixels off an outline, so for pooling nothing further away matters. Comparing each mask with
itself moved by every step shorter than 5 px finds the nearest pixel of the other side, inside and outside in one go:
several times faster than exact distance transforms of a dozen votes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FAR_SQUARED = 25  # px^2
_STEPS = [
    (rows, columns)
    for rows in range(5)
    for columns in range(-4, 5)
    if (rows > 0 or columns > 0) and rows**2 + columns**2 < _FAR_SQUARED
]
_CACHE_PIXELS = 1 << 17  # a pass over more than this falls out of the processor's cache
_DISTANCE = np.sqrt(np.arange(_FAR_SQUARED + 1, dtype=np.float32)) - np.float32(0.5)


def near_distances(votes: NDArray[np.bool_]) -> NDArray[np.float32]:
    """`bool[n, h, w]` -> distance to the outline (between pixels), px, positive inside, in -4.5..4.5, exact where
    shorter."""
    at_once = max(1, _CACHE_PIXELS // max(votes[0].size, 1))
    squared = np.concatenate([_squared(votes[i : i + at_once]) for i in range(0, len(votes), at_once)])
    distance: NDArray[np.float32] = _DISTANCE[squared]
    np.negative(distance, out=distance, where=~votes)
    return distance


def _squared(votes: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Squared distance (px^2) to the nearest pixel of the other side, at most 25."""
    inside = np.ascontiguousarray(votes).view(np.uint8)
    squared = np.full(votes.shape, _FAR_SQUARED, dtype=np.uint8)
    height, width = votes.shape[1:]
    for rows, columns in _STEPS:
        if rows >= height or abs(columns) >= width:
            continue
        here = np.s_[:, : height - rows, max(0, -columns) : width - max(0, columns)]
        there = np.s_[:, rows:, max(0, columns) : width - max(0, -columns)]
        differs = inside[here] ^ inside[there]
        differs *= np.uint8(_FAR_SQUARED - rows**2 - columns**2)
        np.subtract(np.uint8(_FAR_SQUARED), differs, out=differs)
        np.minimum(squared[here], differs, out=squared[here])
        np.minimum(squared[there], differs, out=squared[there])
    return squared
