"""Differences between arms over rounds of cross-validation, whose training sets overlap."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Difference:
    """`mean` over the rounds with its 95 % interval `low`..`high`, and the two-sided `p` of no difference; None where
    there are fewer than two rounds."""

    mean: float
    low: float | None
    high: float | None
    p: float | None


def corrected_t(differences: np.ndarray, *, ratio: float) -> Difference:
    """The corrected resampled t-test (Nadeau and Bengio 2003) of float64[j], one difference a round.

        t = mean / sqrt((1 / j + ratio) var),  j - 1 degrees of freedom

    `ratio`: test set over training set, 1 / (k - 1) in k folds. Rounds share what they train on, so that their mean is
    less sure than the variance over j says; without the correction the test finds too much.

    >>> corrected_t(np.array([0.1, 0.2, 0.3]), ratio=0.5)
    Difference(mean=0.2, low=-0.192..., high=0.592..., p=0.159...)
    """
    mean, j = float(np.mean(differences)), len(differences)
    if j < 2:
        return Difference(mean, None, None, None)
    error = float(np.sqrt((1 / j + ratio) * np.var(differences, ddof=1)))
    if error < 1e-12:
        return Difference(mean, mean, mean, 1.0 if abs(mean) < 1e-12 else 0.0)
    half = float(stats.t.ppf(0.975, j - 1)) * error
    return Difference(mean, mean - half, mean + half, float(2 * stats.t.sf(abs(mean) / error, j - 1)))
