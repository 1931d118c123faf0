"""Where the object that is asked for tends to lie, and how large it tends to be: the same organ lies in much the same
place in every picture.

A centre, in shares of the picture's sides, is as likely as Student's t says that follows from the centres of known
objects (normal with unknown mean and variance, axis by axis), and anywhere in the picture for something else. Objects
that lie anywhere give a t about as wide as the picture, and nothing follows. The same holds of the log of breadth, from
half or twice the usual on (up to there an outline may still overlap the object by .4 in Dice, as if it were right): a
crumb, or the whole picture, outlines nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from quality.domain.masks import Mask

_FEWEST = 3
_SPREAD = np.array([0.25, 0.25, 1.0])  # of objects that lie anywhere, of any size: sides of the picture; log breadth
_WORTH = 1.0  # known objects
_STILL_USUAL = np.log(2)  # log breadth off the mean
_MOST = 3.0  # log odds
_SAME_OBJECT = 0.55  # Dice


@dataclass(frozen=True)
class Place:
    """`known` float[n, 3]: `whereabouts` of known objects."""

    known: NDArray[np.float64]

    @classmethod
    def of(cls, truths: Sequence[Mask]) -> Place:
        return cls(np.array([whereabouts(truth) for truth in truths if truth.any()]).reshape(-1, 3))

    def log_odds(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much less likely than the likeliest of them each of the `whereabouts` float[n, 3] is the right object's,
        in log odds, 0 or less; nothing of those that are nan."""
        n = len(self.known)
        seen = np.isfinite(found).all(axis=1)
        result = np.zeros(len(found))
        if n < _FEWEST or not seen.any():
            return result
        middle = self.known.mean(axis=0)
        square = ((self.known - middle) ** 2).sum(axis=0)
        freedom = _WORTH + n - 1
        scale = np.sqrt((square + _WORTH * _SPREAD**2) / freedom * (1 + 1 / n))
        off = found[seen] - middle
        off[:, 2] = np.maximum(np.abs(off[:, 2]) - _STILL_USUAL, 0.0)
        told = student.logpdf(off, freedom, scale=scale).sum(axis=1)
        result[seen] = np.maximum(told - told.max(), -_MOST)
        return result


def shared_by_alike(log_odds: NDArray[np.float64], agreement: NDArray[np.float64]) -> NDArray[np.float64]:
    """`log_odds` float[n] of outlines, each as likely as the likeliest that it agrees with (Dice float[n, n]): what is
    asked is whether the object is the right one, not which outline of it is."""
    alike = np.where(agreement >= _SAME_OBJECT, log_odds, -np.inf)
    return np.maximum(log_odds, alike.max(axis=1))


def whereabouts(mask: Mask) -> NDArray[np.float64]:
    """Row and column of the foreground's mean, in shares of the sides of `bool[H, W]`, and log breadth: half the log of
    its share of the area; nan where there is none."""
    if not mask.any():
        return np.full(3, np.nan)
    sides = (mask.sum(axis=1), mask.sum(axis=0))
    centre = [(np.arange(len(side)) + 0.5) @ side / side.sum() / len(side) for side in sides]
    return np.array([*centre, np.log(mask.mean()) / 2])
