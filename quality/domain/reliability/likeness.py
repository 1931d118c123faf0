"""How far one share of a person may differ from another that is like it: votes that the crowd supports from votes that
are right, one group of tasks from the rest.

    d_j = x_j - y_j ~ N(gap, tau^2 + s_j^2),   gap ~ N(0, G^2),   tau ~ half-normal(T)

s_j^2 is the variance with which d_j was measured. A random-effects meta-analysis over people (DerSimonian and Laird
1986; the half-normal after Gelman 2006), with tau on a grid: as much as the crowd shows, and what little of it cannot
show stays open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.domain.reliability.crowd import softmax

Array = NDArray[np.float64]

_STEPS = np.linspace(0.0, 3.0, 61)  # of tau, in units of T


@dataclass(frozen=True)
class Likeness:
    """`gap`: of the shares of people in common; `variance`: of a person's own around it, the gap's doubt included."""

    gap: float
    variance: float


def fit(
    differences: Sequence[float] | Array, variances: Sequence[float] | Array, *, gap: float, tau: float
) -> Likeness:
    """From each person's d_j and s_j^2 > 0; `gap`, `tau`: G and T, all that is believed while nobody is known."""
    d, s = np.asarray(differences, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    taus = tau * _STEPS
    weights = 1 / (s + taus[:, None] ** 2)  # [tau, J]
    precision = weights.sum(axis=1) + gap**-2
    means = (weights * d).sum(axis=1) / precision
    fits = (np.log(weights) - weights * d**2).sum(axis=1) + precision * means**2 - np.log(precision)
    belief = softmax(fits / 2 - _STEPS**2 / 2)
    mean = float(belief @ means)
    return Likeness(mean, float(belief @ (taus**2 + 1 / precision + (means - mean) ** 2)))
