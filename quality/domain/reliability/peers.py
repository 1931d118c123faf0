"""What the others' consensus tells of somebody, beside gold: the soft truth.

An answer to an open task is held against the consensus of the other people who answered it, and scores 0-1. A person's
mean of these scores, x_j, is not their expected score theta_j: the consensus errs too, mostly where they do. How the
two go together is learnt from those who have both, so nothing is assumed of how good the consensus is:

    x_j ~ N(level + slope (theta_j - .75), scatter^2 + s_j^2 / m_j),     theta_j ~ a crowd of Betas (`crowd`)

s_j^2 is the variance of the scores, m_j their number. Where agreement tells nothing, slope and scatter come out so that
it counts for nothing; where it tells much, somebody who has met no gold is known too (small-area estimation: Fay and
Herriot 1979, with an error in the covariate as in Ybarra and Lohr 2008).

What all people share is uncertain itself where gold is little: everything is averaged over four choices of level and
slope, which have their posterior's mean and covariance. Without, intervals covered some points less than they say.

State: {"peers": {"worth": m, "sum", "squares"}}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from quality.domain.reliability import crowd, proportion
from quality.domain.reliability.base import Quantity, State
from quality.domain.reliability.crowd import Array
from quality.domain.reliability.sums import added, scaled

_CENTRE = 0.75
# Beforehand: level, slope, log scatter, and how far each may lie from it. Volunteers who are right three times out of
# four agree with a consensus that is a little less than sure of itself.
_MEANS, _SDS = np.array([0.7, 0.8, -3.5]), np.array([0.08, 0.3, 1.0])
_OWN_WORTH = 10.0  # scores that the pooled variance is worth against a person's own
_LEAST_VARIANCE = 1e-3
_MOST_PEOPLE = 200  # more tell no more of three numbers
_THIN = 4  # cells of the grid taken together where they are sought
_STEP = 1e-3
_SAMPLED = 60  # rounds of a crowd's sampler: there are several crowds to average


@dataclass(frozen=True)
class Peers:
    """What is believed of a crowd, in equally likely cases: `links` float[C, 3], level, slope and log scatter;
    `log_shares` float[C, G] of people at `proportion.GRID`; the pooled `variance` of one score."""

    links: Array
    log_shares: Array
    variance: float

    @property
    def shares(self) -> Array:
        """Of people at `proportion.GRID`, before anything is known of them."""
        result: Array = np.exp(self.log_shares).mean(axis=0)
        return result


def heard(sums: State | None, score: float, *, memory: float) -> dict[str, Any]:
    """A state's sums after one more answer that scored `score` (0-1) against the others; `memory`: answers kept."""
    new = added(sums or {}, {"worth": 1, "sum": score, "squares": score * score})
    return scaled(new, memory / new["worth"]) if new["worth"] > memory else new


def fit(people: Sequence[tuple[float, float, State]]) -> Peers | None:
    """From each person's gold answers' worth, their successes and what the peers' scores sum up to ({} for none); None
    where nobody has such scores."""
    if not any(sums for _, _, sums in people):
        return None
    n, hits, sums = zip(*people, strict=True)
    variance = _pooled(sums)
    told = np.array([_told(one, variance) for one in sums])
    rows = np.column_stack([n, hits, told])
    rows = rows[np.lexsort(rows.T)][:: -(-len(rows) // _MOST_PEOPLE)]
    log_shares = _log(proportion.fit(n, hits) or proportion.nobody())
    link, _ = _link(rows, log_shares)
    link, covariance = _link(rows, _crowd(rows, link))  # which has heard the peers too
    links = np.stack([np.append(corner, link[2]) for corner in _corners(link[:2], covariance[:2, :2])])
    return Peers(links, np.stack([_crowd(rows, one) for one in links]), variance)


def posterior(n: float, hits: float, sums: State, believed: Peers, *, worth: float) -> Quantity:
    """Of one person, from both; `n`, `hits`: gold answers by their dispersion, `worth`: what `Quantity.n` says."""
    told = _log_likelihood(*_told(sums, believed.variance), believed.links)
    weights = crowd.softmax(believed.log_shares + proportion.log_likelihood(n, hits) + told).mean(axis=0)
    low, high = crowd.shortest(np.cumsum(weights), proportion.GRID.edges)
    return Quantity(float(weights @ proportion.GRID.points), low, high, worth)


def _pooled(sums: Sequence[State]) -> float:
    """Variance of one score around its person's mean."""
    many = [one for one in sums if one and one["worth"] > 1]
    left = sum(one["squares"] - one["sum"] ** 2 / one["worth"] for one in many)
    freedom = sum(one["worth"] - 1 for one in many)
    return max(float((left + 0.1) / (freedom + 1)), _LEAST_VARIANCE)


def _told(sums: State, pooled: float) -> tuple[float, float]:
    """Mean of a person's scores and its sampling variance; infinite where there are none."""
    if not sums:
        return 0.0, np.inf
    m = float(sums["worth"])
    mean = float(sums["sum"]) / m
    left = max(float(sums["squares"]) - m * mean**2, 0.0)
    return mean, max((left + _OWN_WORTH * pooled) / (m + _OWN_WORTH), _LEAST_VARIANCE) / m


def _log_likelihood(x: Array | float, variance: Array | float, link: Array) -> Array:
    """Of theta at each cell of the grid, float[..., G], under links float[..., 3]; 0 where the variance is infinite."""
    level, slope, log_scatter = np.split(link, 3, axis=-1)
    total = variance + np.exp(2 * log_scatter)
    off = x - level - slope * (proportion.GRID.points - _CENTRE)
    result: Array = np.where(np.isinf(total), 0.0, -0.5 * (np.log(np.minimum(total, 1e9)) + off**2 / total))
    return result


def _of_rows(rows: Array, link: Array) -> Array:
    n, hits, x, variance = np.split(rows, 4, axis=1)
    result: Array = proportion.log_likelihood(n, hits) + _log_likelihood(x, variance, link)
    return result


def _crowd(rows: Array, link: Array) -> Array:
    """Log of the share of people at each cell, float[G]."""
    imagined = proportion.imagined()
    without_scores = np.tile([0.0, np.inf], (len(imagined), 1))
    people = np.concatenate([rows, np.column_stack([imagined, without_scores])])
    typical = crowd.typical(np.maximum(rows[:, 0], 1.0))
    return _log(proportion.fit_shares(people, lambda some: _of_rows(some, link), typical=typical, rounds=_SAMPLED))


def _log(shares: ArrayLike) -> Array:
    result: Array = np.log(np.maximum(np.asarray(shares, dtype=np.float64), 1e-300))
    return result


def _link(rows: Array, log_shares: Array) -> tuple[Array, Array]:
    """Level, slope and log scatter at their posterior mode, float[3], and Laplace's covariance float[3, 3]."""
    n, hits, x, variance = np.split(rows[np.isfinite(rows[:, 3])], 4, axis=1)
    cells = slice(_THIN // 2, None, _THIN)
    known = (proportion.log_likelihood(n, hits) + log_shares)[:, cells]
    off_centre = proportion.GRID.points[cells] - _CENTRE

    def surprise(link: Array) -> float:
        total = variance + np.exp(2 * link[2])
        log_joint = known - 0.5 * (np.log(total) + (x - link[0] - link[1] * off_centre) ** 2 / total)
        highest = log_joint.max(axis=1, keepdims=True)
        evidence = np.log(np.exp(log_joint - highest).sum(axis=1)) + highest[:, 0]
        return float((((link - _MEANS) / _SDS) ** 2).sum() / 2 - evidence.sum())

    found: Array = minimize(surprise, _MEANS, method="BFGS").x
    steps = np.eye(3) * _STEP
    curvature = np.array(
        [
            [
                sum(i * j * surprise(found + i * steps[a] + j * steps[b]) for i in (1, -1) for j in (1, -1))
                for b in range(3)
            ]
            for a in range(3)
        ]
    ) / (4 * _STEP**2)
    values, vectors = np.linalg.eigh(curvature)
    covariance: Array = (vectors / np.maximum(values, _SDS.max() ** -2)) @ vectors.T
    return found, covariance


def _corners(mean: Array, covariance: Array) -> Array:
    """Points of equal weight with this mean and covariance, float[2 D, D]."""
    values, vectors = np.linalg.eigh(covariance)
    steps = (vectors * np.sqrt(len(mean) * np.maximum(values, 0.0))).T
    return np.concatenate([mean + steps, mean - steps])
