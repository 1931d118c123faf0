"""Errors of figures whose rows belong together two ways at once: by person and by picture.

A figure's error follows from how much each row moves it (its influence: the derivative of the figure by the row's
weight, times the row's deviation). Summed within clusters it gives the cluster-robust variance; for two crossed
clusterings that of Cameron, Gelbach and Miller (2011): V(a) + V(b) - V(a and b). This is what person and picture as
crossed random effects do to the error, without a model of their distribution.

>>> crossed_variance(influence_of_mean([1.0, 0.0, 1.0, 0.0]), [])
0.0833...
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def codes(keys: Sequence[object]) -> NDArray[np.int64]:
    """int[n]: the same number for the same key, counted from 0 in order of appearance."""
    places = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([places[key] for key in keys], dtype=np.int64)


def influence_of_mean(values: ArrayLike, chosen: ArrayLike | None = None) -> NDArray[np.float64]:
    """float[n], summing to zero: how much each row moves the mean of float[n], or of its `chosen` bool[n] rows."""
    data = np.asarray(values, dtype=np.float64)
    rows = np.ones(data.size, dtype=bool) if chosen is None else np.asarray(chosen, dtype=bool)
    influence = np.zeros(data.size)
    if rows.any():
        influence[rows] = (data[rows] - data[rows].mean()) / rows.sum()
    return influence


def crossed_variance(influence: NDArray[np.float64], clusterings: Sequence[NDArray[np.int64]]) -> float:
    """Variance of a figure with `influence` float[n]; `clusterings`: none, one or two of int[n], counted from 0.

    Never below that of single rows nor of either clustering alone: few clusters make the difference of three unsteady.
    """
    variances = [_clustered(influence, np.arange(len(influence)))]
    variances += [_clustered(influence, key) for key in clusterings]
    if len(clusterings) == 2:
        first, second = clusterings
        both = np.unique(first * (second.max() + 1) + second, return_inverse=True)[1]
        variances.append(variances[1] + variances[2] - _clustered(influence, both))
    return max(0.0, *variances)


def _clustered(influence: NDArray[np.float64], key: NDArray[np.int64]) -> float:
    sums = np.bincount(key, weights=influence)
    return float((sums**2).sum() * len(sums) / max(len(sums) - 1, 1))
