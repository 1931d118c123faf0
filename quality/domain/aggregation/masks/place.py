"""Where the object that is asked for tends to lie: the same organ lies in much the same place in every picture.

A centre, in shares of the picture's sides, is as likely as Student's t says that follows from the centres of known
objects (normal with unknown mean and variance, axis by axis), and anywhere in the picture for something else. Objects
that lie anywhere give a t about as wide as the picture, and nothing follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from quality.domain.masks import Mask

_FEWEST = 3
_SPREAD, _WORTH = 0.25, 1.0  # of objects that lie anywhere: sides of the picture; known objects
_MOST = 3.0  # log odds


@dataclass(frozen=True)
class Place:
    """`known` float[n, 2]: centres of known objects."""

    known: NDArray[np.float64]

    @classmethod
    def of(cls, truths: Sequence[Mask]) -> Place:
        return cls(np.array([centre(truth) for truth in truths if truth.any()]).reshape(-1, 2))

    def log_odds(self, centres: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much less likely than the likeliest of them each of `centres` float[n, 2] is the right object's, in log
        odds, 0 or less; nothing of those that are nan."""
        n = len(self.known)
        seen = np.isfinite(centres).all(axis=1)
        result = np.zeros(len(centres))
        if n < _FEWEST or not seen.any():
            return result
        square = ((self.known - self.known.mean(axis=0)) ** 2).sum(axis=0)
        freedom = _WORTH + n - 1
        scale = np.sqrt((square + _WORTH * _SPREAD**2) / freedom * (1 + 1 / n))
        told = student.logpdf(centres[seen], freedom, loc=self.known.mean(axis=0), scale=scale).sum(axis=1)
        result[seen] = np.maximum(told - told.max(), -_MOST)
        return result


def centre(mask: Mask) -> NDArray[np.float64]:
    """Row and column of the foreground's mean, in shares of the sides of `bool[H, W]`; nan where there is none."""
    if not mask.any():
        return np.full(2, np.nan)
    sides = (mask.sum(axis=1), mask.sum(axis=0))
    return np.array([(np.arange(len(side)) + 0.5) @ side / side.sum() / len(side) for side in sides])
