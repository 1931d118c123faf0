"""Events per picture: boxes where there is nothing.

count ~ Poisson(lambda_j * pictures),   lambda_j ~ a crowd of Gammas (`crowd`)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy.stats import gamma

from quality.domain.reliability import crowd
from quality.domain.reliability.base import Quantity
from quality.domain.reliability.crowd import Array, Grid

DEFAULT = (0.7, 1.4)  # shape, rate: half a box a picture, give or take as much
_MOST, _CELLS = 100.0, 640  # events a picture
_MEANS, _SHAPES = np.geomspace(0.005, 60, 48), np.geomspace(0.3, 100, 9)

# Even in the square root, where a rate is known equally well wherever it is.
_ROOTS = np.linspace(0, np.sqrt(_MOST), _CELLS + 1)
GRID = Grid(_ROOTS**2, ((_ROOTS[1:] + _ROOTS[:-1]) / 2) ** 2)
_LOG = np.log(GRID.points)


def fit(pictures: Sequence[float], counts: Sequence[float]) -> tuple[float, ...]:
    """The share of people at each point of `GRID`, from each person's pictures and events; empty without pictures."""
    exposure, events = np.asarray(pictures, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    exposure, events = exposure[exposure > 0], events[exposure > 0]
    if exposure.size == 0:
        return ()
    family, mean, shape = _family()
    # A Gamma of this shape is worth shape / mean pictures.
    log_hyperprior = DEFAULT[0] * np.log(mean) - DEFAULT[1] * mean
    log_hyperprior += crowd.uniform_shrinkage(shape / mean, crowd.typical(exposure))
    people = np.stack([exposure, events], axis=1)
    believed = crowd.fit(people, lambda rows: log_likelihood(rows[:, :1], rows[:, 1:]), family, log_hyperprior)
    return tuple(believed.tolist())


def nobody() -> tuple[float, ...]:
    """The share of people at each point of `GRID` before there is a crowd: `DEFAULT`."""
    return tuple(_gamma(DEFAULT[0], 1 / DEFAULT[1]).tolist())


def posterior(pictures: float, count: float, shares: Sequence[float] = (), *, told: Array | None = None) -> Quantity:
    """Of one person, events per picture; no shares: under `DEFAULT`. `told`: log likelihood at `GRID` by something
    else, float[G]."""
    believed = np.asarray(shares or nobody())
    mean, low, high = crowd.posterior(believed, log_likelihood(pictures, count) + (0.0 if told is None else told), GRID)
    return Quantity(mean=mean, low=low, high=high, n=pictures)


def log_likelihood(pictures: Array | float, count: Array | float) -> Array:
    """Of lambda at each point of `GRID`, float[..., G]."""
    result: Array = count * _LOG - pictures * GRID.points
    return result


def _gamma(shape: Array | float, scale: Array | float) -> Array:
    masses: Array = np.diff(gamma.cdf(GRID.edges, shape, scale=scale), axis=-1)
    return masses / masses.sum(axis=-1, keepdims=True)


@cache
def _family() -> tuple[Array, Array, Array]:
    """Gammas on `GRID` float[H, G], their means and shapes float[H]."""
    mean, shape = (part.ravel() for part in np.meshgrid(_MEANS, _SHAPES, indexing="ij"))
    return _gamma(shape[:, None], (mean / shape)[:, None]), mean, shape
