"""A share of successes: accuracy, detection rate, hit rate.

    s of n ~ Binomial(theta_j),   theta_j ~ a crowd of Betas (`crowd`)

Fractional scores count as fractional successes; `dispersion` below 1 says that they vary less than coin flips of the
same mean, above 1 that successes come in clumps (many objects of one picture), and divides what n answers are worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy.special import betainc

from quality.domain.reliability import crowd
from quality.domain.reliability.base import Quantity
from quality.domain.reliability.crowd import Array, Grid

# Before a population is known: volunteers are right three times out of four, give or take .2.
DEFAULT = (3.0, 1.0)
_IMAGINED = 3  # people who are right three times out of four answers
_STRENGTHS = np.geomspace(1, 1000, 13)
_MEANS, _CELLS, _COARSE_CELLS = 64, 512, 160


def _grid(n: int) -> Grid:
    """Even in arcsin sqrt(theta), where a share is known equally well wherever it is."""
    angles = np.linspace(0, np.pi / 2, n + 1)
    return Grid(np.sin(angles) ** 2, np.sin((angles[1:] + angles[:-1]) / 2) ** 2)


GRID = _grid(_CELLS)
_COARSE = _grid(_COARSE_CELLS)
_LOG, _LOG_REST = np.log(GRID.points), np.log1p(-GRID.points)


def fit(n: Sequence[float], successes: Sequence[float]) -> tuple[float, ...]:
    """The share of people at each point of `GRID`, from each person's n and successes (both already divided by the
    dispersion); empty where nobody has tried."""
    tries, hits = np.asarray(n, dtype=np.float64), np.asarray(successes, dtype=np.float64)
    tries, hits = tries[tries > 0], hits[tries > 0]
    if tries.size == 0:
        return ()
    family, mean, strength = _family()
    log_hyperprior = (DEFAULT[0] - 0.5) * np.log(mean) + (DEFAULT[1] - 0.5) * np.log1p(-mean)
    log_hyperprior += crowd.uniform_shrinkage(strength, crowd.typical(tries))
    imagined = np.tile([sum(DEFAULT), DEFAULT[0]], (_IMAGINED, 1))  # in every crowd: a few real people prove little
    people = np.concatenate([np.stack([tries, hits], axis=1), imagined])
    believed = crowd.fit(people, lambda rows: log_likelihood(rows[:, :1], rows[:, 1:]), family, log_hyperprior)
    return tuple(believed.tolist())


def nobody() -> tuple[float, ...]:
    """The share of people at each point of `GRID` before there is a crowd: `DEFAULT`."""
    alpha, beta = DEFAULT
    return tuple(crowd.softmax((alpha - 0.5) * _LOG + (beta - 0.5) * _LOG_REST).tolist())


def moments(shares: Sequence[float]) -> tuple[float, float]:
    """The Beta with a crowd's mean and variance, as (alpha, beta)."""
    weights = np.asarray(shares)
    mean = float(weights @ GRID.points)
    variance = float(weights @ GRID.points**2) - mean**2
    total = max(mean * (1 - mean) / max(variance, 1e-9) - 1, 0.1)
    return mean * total, (1 - mean) * total


def posterior(
    n: float,
    successes: float,
    shares: Sequence[float] = (),
    *,
    dispersion: float = 1.0,
    told: Array | None = None,
) -> Quantity:
    """Of one person; no shares: under `DEFAULT`. `told`: log likelihood at `GRID` by something else, float[G]."""
    tries, hits = n / dispersion, successes / dispersion
    if not shares and told is None:
        return single(DEFAULT[0] + hits, DEFAULT[1] + tries - hits, n=n)
    mean, low, high = crowd.posterior(
        np.asarray(shares or nobody()), log_likelihood(tries, hits) + (0.0 if told is None else told), GRID
    )
    return Quantity(mean=mean, low=low, high=high, n=n)


def worth_of(log_likelihood: Array) -> Array:
    """(n, successes) of the answers that would tell as much as likelihoods float[J, G] do, by mean and variance of
    their Betas, float[J, 2]."""
    weights = crowd.softmax(log_likelihood + np.log(np.diff(GRID.edges)))
    mean = weights @ GRID.points
    variance = weights @ GRID.points**2 - mean**2
    total = mean * (1 - mean) / np.maximum(variance, 1e-9) - 1
    hits, misses = np.maximum(mean * total - 1, 0.0), np.maximum((1 - mean) * total - 1, 0.0)
    return np.stack([hits + misses, hits], axis=1)


def single(alpha: float, beta: float, *, n: float) -> Quantity:
    """Mean and interval of one Beta."""
    return mixed(np.ones(1), np.array([alpha]), np.array([beta]), n=n)


def mixed(weights: Array, alpha: Array, beta: Array, *, n: float) -> Quantity:
    """Mean and interval of sum_c weights_c Beta(alpha_c, beta_c)."""
    kept = weights > 1e-3 * weights.max()
    w, a, b = weights[kept] / weights[kept].sum(), alpha[kept], beta[kept]
    low, high = crowd.shortest(betainc(a, b, _COARSE.edges[1:, None]) @ w, _COARSE.edges)
    return Quantity(mean=float(w @ (a / (a + b))), low=low, high=high, n=n)


def log_likelihood(n: Array | float, successes: Array | float) -> Array:
    """Of theta at each point of `GRID`, float[..., G]."""
    result: Array = successes * _LOG + np.maximum(n - successes, 0.0) * _LOG_REST
    return result


@cache
def _family() -> tuple[Array, Array, Array]:
    """Betas on `GRID` float[H, G], their means and strengths float[H]."""
    mean, strength = (part.ravel() for part in np.meshgrid(_grid(_MEANS).points, _STRENGTHS, indexing="ij"))
    alpha, beta = (mean * strength)[:, None], ((1 - mean) * strength)[:, None]
    # In the angle the density of a Beta is theta^(a - 1/2) (1 - theta)^(b - 1/2).
    return crowd.softmax((alpha - 0.5) * _LOG + (beta - 0.5) * _LOG_REST), mean, strength
