"""What the others' consensus tells of somebody, beside gold: the soft truth.

An answer to an open task is graded like one to a gold task, with the consensus of the other people who answered it in
the truth's place. What a person's mean x_j of some quantity comes to in this way is not the quantity theta_j: the
consensus errs too, mostly where they do. How the two go together is learnt from those who have met gold, so nothing is
assumed of how good the consensus is:

    x_j ~ N(level + slope (theta_j - centre), scatter^2 + s_j^2 / m_j),     theta_j ~ what gold and the crowd say

s_j^2 is the variance of one value, m_j their number. Where agreement tells nothing, slope and scatter come out so that
it counts for nothing; where it tells much, somebody who has met no gold is known too (small-area estimation: Fay and
Herriot 1979, with an error in the covariate as in Ybarra and Lohr 2008). Of a quantity that changes from task to task
(one row of a confusion matrix, finding objects, where edges are drawn) there is a line each.

What all people share is uncertain itself where gold is little: the likelihood is averaged over six choices of level,
slope and scatter, which have their posterior's mean and covariance. Without, intervals covered some points less than
they say.

State: {"peers": {"worth": m, "sum", "squares" of the scores, and the kind's own sums}}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from quality.domain.reliability.base import State
from quality.domain.reliability.crowd import Array
from quality.domain.reliability.sums import added, scaled

_OWN_WORTH = 10.0  # values that the pooled variance is worth against a person's own
_LEAST_VARIANCE = 1e-3
_MOST_PEOPLE = 200  # more tell no more of three numbers
_THIN = 4  # cells of the grid taken together where the line is sought
_STEP = 1e-3


@dataclass(frozen=True)
class Scale:
    """Where a quantity lives, `centre` and `unit`, and beforehand in these units: the `means` of level, slope and log
    scatter, and how far each may lie from it, `sds`."""

    centre: float
    unit: float
    means: tuple[float, float, float]
    sds: tuple[float, float, float]

    def of(self, values: Array | float) -> Any:
        """In units from the centre."""
        return (values - self.centre) / self.unit


# Volunteers who are right three times out of four agree with a consensus that is a little less than sure of itself.
SHARES = Scale(0.75, 1.0, (-0.05, 0.8, -3.5), (0.08, 0.3, 1.0))


def measures(points: Array, shares: Array) -> Scale:
    """The scale of a quantity of which there are so many people, float[G], at each of these points."""
    mean = float(shares @ points)
    return Scale(mean, float(np.sqrt(shares @ (points - mean) ** 2)), (0.0, 0.8, -1.0), (0.5, 0.3, 1.0))


@dataclass(frozen=True)
class Line:
    """What is believed of level, slope and log scatter, in equally likely `cases` float[C, 3]; the pooled `variance` of
    one value in squared units of the `scale`."""

    scale: Scale
    cases: Array
    variance: float

    def log_likelihood(self, sums: Sequence[State], points: Array) -> Array:
        """Of theta at these points by each person's `sums` (see `sums_of`), float[J, G]; 0 where there are none."""
        some = [j for j, one in enumerate(sums) if one and one["worth"] > 0]
        result = np.zeros((len(sums), points.size))
        if some:
            told = np.array([_told(sums[j], self.scale, self.variance) for j in some])
            x, variance = told[:, 0, None, None], told[:, 1, None, None]
            each = _log_density(x, variance, np.split(self.cases, 3, axis=1), self.scale.of(points))  # [J, C, G]
            highest = each.max(axis=(1, 2), keepdims=True)
            result[some] = np.log(np.maximum(np.exp(each - highest).mean(axis=1), 1e-300))
        return result


def heard(sums: State | None, score: float, gain: Mapping[str, Any], *, memory: float) -> dict[str, Any]:
    """A state's sums after one more answer that scored `score` (0-1) against the others and adds `gain` to the kind's
    own; `memory`: answers kept."""
    new = added(sums or {}, {"worth": 1, "sum": score, "squares": score * score, **gain})
    return scaled(new, memory / new["worth"]) if new["worth"] > memory else new


def sums_of(n: float, total: float, squares: float) -> dict[str, float]:
    """Of `n` values, their sum and their sum of squares; what was done or not has `total` for both."""
    return {"worth": n, "sum": total, "squares": squares}


def fit(
    own: Array,
    sums: Sequence[State],
    log_known: Callable[[Array], Array],
    points: Array,
    scale: Scale = SHARES,
) -> Line | None:
    """From what is known otherwise of each person, `own` float[J, D], of which `log_known` makes log p(theta | own) at
    `points`, float[J, G], and what their peers' values sum up to; None where nobody has any."""
    some = [j for j, one in enumerate(sums) if one and one["worth"] > 0]
    if not some:
        return None
    variance = _pooled([sums[j] for j in some], scale)
    told = np.array([_told(sums[j], scale, variance) for j in some])
    rows = np.column_stack([np.asarray(own, dtype=np.float64)[some], told])
    rows = rows[np.lexsort(rows.T)][:: -(-len(rows) // _MOST_PEOPLE)]
    cells = slice(_THIN // 2, None, _THIN)
    mean, covariance = _sought(log_known(rows[:, :-2])[:, cells], rows[:, -2:], scale.of(points[cells]), scale)
    return Line(scale, _corners(mean, covariance), variance)


def _pooled(sums: Sequence[State], scale: Scale) -> float:
    """Variance of one value around its person's mean."""
    many = [one for one in sums if one["worth"] > 1]
    left = sum(one["squares"] - one["sum"] ** 2 / one["worth"] for one in many) / scale.unit**2
    freedom = sum(one["worth"] - 1 for one in many)
    return max(float((left + 0.1) / (freedom + 1)), _LEAST_VARIANCE)


def _told(sums: State, scale: Scale, pooled: float) -> tuple[float, float]:
    """Mean of a person's values and its sampling variance."""
    m = float(sums["worth"])
    mean = float(sums["sum"]) / m
    left = max(float(sums["squares"]) - m * mean**2, 0.0) / scale.unit**2
    return scale.of(mean), max((left + _OWN_WORTH * pooled) / (m + _OWN_WORTH), _LEAST_VARIANCE) / m


def _log_density(x: Array | float, variance: Array | float, line: Sequence[Array | float], off: Array) -> Array:
    """Of means `x` under level, slope and log scatter, where theta is `off` the centre."""
    level, slope, log_scatter = line
    total = variance + np.exp(2 * np.asarray(log_scatter))
    result: Array = -0.5 * (np.log(total) + (x - level - slope * off) ** 2 / total)
    return result


def _sought(log_known: Array, told: Array, off: Array, scale: Scale) -> tuple[Array, Array]:
    """Level, slope and log scatter at their posterior mode, float[3], and Laplace's covariance float[3, 3]."""
    x, variance = np.split(told, 2, axis=1)
    means, sds = np.array(scale.means), np.array(scale.sds)

    def surprise(line: Array) -> float:
        log_joint = log_known + _log_density(x, variance, list(line), off)
        highest = log_joint.max(axis=1, keepdims=True)
        evidence = np.log(np.exp(log_joint - highest).sum(axis=1)) + highest[:, 0]
        return float((((line - means) / sds) ** 2).sum() / 2 - evidence.sum())

    found: Array = minimize(surprise, means, method="BFGS").x
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
    covariance: Array = (vectors / np.maximum(values, sds.max() ** -2)) @ vectors.T
    return found, covariance


def _corners(mean: Array, covariance: Array) -> Array:
    """Points of equal weight with this mean and covariance, float[2 D, D]."""
    values, vectors = np.linalg.eigh(covariance)
    steps = (vectors * np.sqrt(len(mean) * np.maximum(values, 0.0))).T
    return np.concatenate([mean + steps, mean - steps])
