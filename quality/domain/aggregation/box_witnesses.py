"""How far it speaks for an object that a person drew it: logistic regression with people as random effects.

    logit P(o) = a + k (support_o - quorum_o + 1/2) + sum_{j drew o} v_j,    v_j ~ N(0, tau^2)

Fitted to what people drew on gold pictures, where it is known which clusters of boxes are objects (maximum a
posteriori); tau follows by expectation maximisation from `_TAU`. Of somebody who sees what others overlook and invents
nothing a box counts for more than one vote, k + v_j against k. Who was seen little stays at k, and where people do not
differ so does everybody: plain counting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Array = NDArray[np.float64]

_SLOPE, _SLOPE_VARIANCE, _INTERCEPT_VARIANCE = 1.5, 1.0, 4.0
_TAU, _TAU_WORTH = 0.3**2, 6.0  # people
_LEAST = 0.1  # of the slope: nobody's box speaks against an object
_ROUNDS = 6


@dataclass(frozen=True)
class Witnessed:
    """Clusters of boxes on gold pictures. `margin` float[n]: support - quorum + 1/2; `is_object` bool[n]; who drew
    what: `people` and `clusters` int[boxes]."""

    margin: Array
    is_object: NDArray[np.bool_]
    people: NDArray[np.intp]
    clusters: NDArray[np.intp]


def votes_worth(seen: Witnessed, n_people: int) -> Array:
    """What a box of each person counts for, float[n_people] > 0, 1 for somebody like everybody."""
    if not len(seen.margin):
        return np.ones(n_people)
    parameters, tau = np.concatenate([[0.0, _SLOPE], np.zeros(n_people)]), _TAU
    for _ in range(_ROUNDS):
        parameters = _fit(seen, parameters, tau)
        probability = expit(_log_odds(seen, parameters))
        information = np.bincount(seen.people, (probability * (1 - probability))[seen.clusters], n_people)
        square = (parameters[2:] ** 2 + 1 / (information + 1 / tau)).sum()
        tau = (square + _TAU_WORTH * _TAU) / (n_people + _TAU_WORTH)
    slope = max(float(parameters[1]), _LEAST)
    return np.maximum(1 + parameters[2:] / slope, _LEAST)


def _log_odds(seen: Witnessed, parameters: Array) -> Array:
    drew = np.bincount(seen.clusters, parameters[2:][seen.people], len(seen.margin))
    result: Array = parameters[0] + parameters[1] * seen.margin + drew
    return result


def _fit(seen: Witnessed, start: Array, tau: float) -> Array:
    """a, k and v, float[2 + people], of the greatest posterior density."""
    n_people = len(start) - 2
    centre = np.concatenate([[0.0, _SLOPE], np.zeros(n_people)])
    precision = np.concatenate([[1 / _INTERCEPT_VARIANCE, 1 / _SLOPE_VARIANCE], np.full(n_people, 1 / tau)])

    def loss(parameters: Array) -> tuple[float, Array]:
        log_odds = _log_odds(seen, parameters)
        excess, off = expit(log_odds) - seen.is_object, parameters - centre
        value = np.logaddexp(0, log_odds).sum() - log_odds[seen.is_object].sum() + (precision * off**2).sum() / 2
        to_people = np.bincount(seen.people, excess[seen.clusters], n_people)
        slope = np.concatenate([[excess.sum(), excess @ seen.margin], to_people])
        return float(value), slope + precision * off

    best: Array = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return best
