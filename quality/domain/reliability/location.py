"""A measurement that scatters around a person's own value: boundary offset, box offset, log size.

    x_ji ~ N(mu_j, sigma_j^2),   mu_j ~ a crowd of normals,   sigma_j^2 ~ a crowd of scaled inverse chi^2 (`crowd`)

A person's sums (n, sum, sum of squares) are all that is kept. In the likelihood of mu_j sigma_j^2 is averaged over the
one scaled inverse chi^2 that is nearest to its crowd's, which makes it a t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from quality.domain.reliability import crowd
from quality.domain.reliability.base import Quantity
from quality.domain.reliability.crowd import Array, Grid

Sums = tuple[float, float, float]  # n, sum, sum of squares
_PSEUDO_PEOPLE = 4.0  # how many the default is worth where the grid is laid
_REACH, _CELLS = 30.0, 600  # standard deviations of people's means
_LOG_REACH, _LOG_CELLS = 9.0, 400  # of log variance about the default's
_FEWEST_FREEDOM, _MOST_FREEDOM = 1.5, 200.0


@dataclass(frozen=True)
class Normal:
    """What is believed before a crowd is known: `mean`, variance `between` people and `within` one."""

    mean: float
    between: float
    within: float


@dataclass(frozen=True)
class Crowd:
    """The share of people `at_centre` of each cell of the grid `centres` of mu_j, and `at_spread` of each of sigma_j;
    the scaled inverse chi^2 nearest to the latter: `within` s^2, `freedom` d."""

    centres: Grid
    at_centre: Array
    spreads: Grid
    at_spread: Array
    within: float
    freedom: float


def sums_of(values: Sequence[float]) -> dict[str, float]:
    """The increments of a state by these values."""
    return {"n": float(len(values)), "sum": float(sum(values)), "squares": float(sum(v * v for v in values))}


def fit(people: Sequence[Sums], default: Normal) -> Crowd:
    """The crowd from each person's sums; without any, the default's."""
    rows = np.array([row for row in people if row[0] > 0], dtype=np.float64).reshape(-1, 3)
    n, mean, left = _moments(*rows.T)
    spreads = Grid(*(np.sqrt(default.within * np.exp(log)) for log in (_LOGS.edges, _LOGS.points)))
    at_spread = _fit_spreads(n, left / default.within)
    within, freedom = _nearest(at_spread)
    within *= default.within
    noise = within / (crowd.typical(n) if n.size else 1.0)
    middle = float(np.median(np.append(mean, default.mean)))
    square = ((mean - middle) ** 2).sum() + _PSEUDO_PEOPLE * (default.between + noise)
    unit = float(np.sqrt(square / (n.size + _PSEUDO_PEOPLE)))
    centres = Grid(middle + unit * _UNITS.edges, middle + unit * _UNITS.points)
    family, average, between = _normals()
    off = middle + unit * average - default.mean
    log_hyperprior = np.log(np.hypot(1, average)) - off**2 / (8 * default.between)
    log_hyperprior += crowd.uniform_shrinkage(1 / between, unit**2 / noise)

    def log_likelihood(rows: Array) -> Array:
        n, mean, left = np.split(rows, 3, axis=1)
        return _log_t(centres, n, mean, left, within, freedom)

    at_centre = crowd.fit(np.stack([n, mean, left], axis=1), log_likelihood, family, log_hyperprior)
    return Crowd(centres, at_centre, spreads, at_spread, within, freedom)


@cache
def nobody(default: Normal) -> Crowd:
    """What is believed before there is a crowd."""
    return fit((), default)


def moments_of(sums: Mapping[str, float]) -> Sums:
    return sums.get("n", 0.0), sums.get("sum", 0.0), sums.get("squares", 0.0)


def log_likelihood(people: Array, believed: Crowd) -> Array:
    """Of mu at each point of the crowd's centres, float[J, G], by sums float[J, 3]."""
    n, mean, left = _moments(*np.split(people, 3, axis=1))
    return _log_t(believed.centres, n, mean, left, believed.within, believed.freedom)


def posterior(sums: Mapping[str, float], believed: Crowd, *, told: Array | None = None) -> tuple[Quantity, Quantity]:
    """Of one person: where their values centre, and the standard deviation around it. `told`: log likelihood of the
    centre at the crowd's points by something else, float[G]."""
    own = np.array([moments_of(sums)])
    n, _, left = _moments(*own.T)
    log_centre = log_likelihood(own, believed)[0] + (0.0 if told is None else told)
    log_spread = _log_chi(2 * np.log(believed.spreads.points), n, left)
    return (
        Quantity(*crowd.posterior(believed.at_centre, log_centre, believed.centres), n=float(n[0])),
        Quantity(*crowd.posterior(believed.at_spread, log_spread, believed.spreads), n=float(n[0])),
    )


def _moments(n: Array, total: Array, squares: Array) -> tuple[Array, Array, Array]:
    """n, mean, and sum of squares about it."""
    mean = total / np.maximum(n, 1e-9)
    return n, mean, np.maximum(squares - n * mean**2, 0.0)


def _log_t(centres: Grid, n: Array, mean: Array, left: Array, within: float, freedom: float) -> Array:
    """Log likelihood of mu at each cell, float[..., G]."""
    inside = np.clip(mean, centres.points[0], centres.points[-1])
    result: Array = -(freedom + n) / 2 * np.log(freedom * within + left + n * (centres.points - inside) ** 2)
    return result


def _log_chi(log_variance: Array, n: Array, left: Array) -> Array:
    """Log likelihood of sigma^2 at each cell, float[..., G]; one value alone says nothing of it."""
    result: Array = -np.maximum(n - 1, 0.0) / 2 * log_variance - left / 2 * np.exp(-log_variance)
    return result


def _fit_spreads(n: Array, left: Array) -> Array:
    """Share of people at each cell of `_LOGS`; `left` in units of the default's variance."""
    many = n >= 2
    n, left = n[many], left[many]
    family, log_average, freedom = _inverse_chi_squares()
    log_hyperprior = -(log_average**2) / 8
    log_hyperprior += crowd.uniform_shrinkage(freedom, crowd.typical(n - 1) if n.size else 4.0)
    # Values that are all alike would speak for no spread whatever.
    left = np.maximum(left, 1e-3 * (n - 1))

    def log_likelihood(rows: Array) -> Array:
        return _log_chi(_LOGS.points, rows[:, :1], rows[:, 1:])

    return crowd.fit(np.stack([n, left], axis=1), log_likelihood, family, log_hyperprior)


def _nearest(at_spread: Array) -> tuple[float, float]:
    """s^2 (in units of the default's) and d of the scaled inverse chi^2 of the same mean and variance of its log."""
    mean = float(at_spread @ _LOGS.points)
    variance = float(at_spread @ (_LOGS.points - mean) ** 2)
    least, most = (float(polygamma(1, d / 2)) for d in (_MOST_FREEDOM, _FEWEST_FREEDOM))
    if variance <= least or variance >= most:
        freedom = _MOST_FREEDOM if variance <= least else _FEWEST_FREEDOM
    else:
        freedom = brentq(lambda d: float(polygamma(1, d / 2)) - variance, _FEWEST_FREEDOM, _MOST_FREEDOM)
    return float(np.exp(mean + digamma(freedom / 2) - np.log(freedom / 2))), float(freedom)


def _even(reach: float, cells: int) -> Grid:
    edges = np.linspace(-reach, reach, cells + 1)
    return Grid(edges, (edges[1:] + edges[:-1]) / 2)


_LOGS = _even(_LOG_REACH, _LOG_CELLS)
_ANGLES = _even(float(np.arcsinh(_REACH)), _CELLS)
# Fine in the middle and ever coarser further out: somebody may be far off everybody else.
_UNITS = Grid(np.sinh(_ANGLES.edges), np.sinh(_ANGLES.points))


@cache
def _normals() -> tuple[Array, Array, Array]:
    """Normals on `_UNITS` float[H, G], their means and variances float[H]."""
    means, variances = np.sinh(np.linspace(-2.5, 2.5, 96)), np.geomspace(1e-3, 6, 14)
    mean, variance = (part.ravel() for part in np.meshgrid(means, variances, indexing="ij"))
    log_density = -((_UNITS.points - mean[:, None]) ** 2) / (2 * variance[:, None])
    return crowd.softmax(log_density + np.log(np.diff(_UNITS.edges))), mean, variance


@cache
def _inverse_chi_squares() -> tuple[Array, Array, Array]:
    """Scaled inverse chi^2 on `_LOGS` float[H, G], their log s^2 and freedoms float[H]."""
    log_averages, freedoms = np.linspace(-8, 8, 96), np.geomspace(_FEWEST_FREEDOM, _MOST_FREEDOM, 10)
    log_average, freedom = (part.ravel() for part in np.meshgrid(log_averages, freedoms, indexing="ij"))
    log_ratio = _LOGS.points - log_average[:, None]
    return crowd.softmax(-freedom[:, None] / 2 * (log_ratio + np.exp(-log_ratio))), log_average, freedom
