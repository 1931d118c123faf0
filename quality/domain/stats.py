"""Small-sample statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats


def beta_interval(alpha: float, beta: float, *, level: float = 0.9) -> tuple[float, float]:
    """Central credible interval of a Beta(alpha, beta)."""
    tail = (1 - level) / 2
    low, high = special.betaincinv(alpha, beta, [tail, 1 - tail])
    return float(low), float(high)


def wilson_interval(successes: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Confidence interval of a proportion (Wilson 1927); (0, 1) where nothing was tried.

    >>> wilson_interval(8, 10)
    (0.4901..., 0.9433...)
    """
    if n == 0:
        return 0.0, 1.0
    z = float(stats.norm.ppf((1 + level) / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def bootstrap_interval(
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    statistic: Callable[[NDArray[np.float64]], float] | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    groups: Sequence[object] | None = None,
) -> tuple[float, float]:
    """Percentile bootstrap of `statistic` (the mean) over `values` float[n].

    With `groups` (one per value: patient, person) whole groups are drawn, since values of one group are alike.
    """
    data = np.asarray(values, dtype=np.float64)
    if data.size == 0:
        raise ValueError("A bootstrap needs at least one value.")
    measure = statistic or (lambda sample: float(sample.mean()))
    keys = list(range(data.size)) if groups is None else [list(dict.fromkeys(groups)).index(group) for group in groups]
    members = [np.flatnonzero(np.asarray(keys) == key) for key in range(max(keys) + 1)]
    draws = rng.integers(len(members), size=(n_resamples, len(members)))
    results = [measure(data[np.concatenate([members[key] for key in draw])]) for draw in draws]
    tail = (1 - level) / 2
    low, high = np.quantile(results, [tail, 1 - tail])
    return float(low), float(high)
