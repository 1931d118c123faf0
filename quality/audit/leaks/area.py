"""Area under the ROC curve with an error that knows which rows belong together.

Each row's influence on the area is DeLong's structural component (DeLong, DeLong and Clarke-Pearson 1988); summed
within clusters it gives Obuchowski's (1997) variance, and for rows clustered two ways at once (by task and by person)
that of Cameron, Gelbach and Miller (2011), see `quality.domain.crossed`.

Folds of a cross-validation share most of their training, so that what one finds by chance the others find too: the
error of cross-validated scores is widened as Nadeau and Bengio (2003) do, by the square root of 1 + K / (K - 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from quality.domain.crossed import codes, crossed_variance

ONE_SIDED, TWO_SIDED = 1.645, 1.96
# Nothing seen in m tries may still happen in 3 of m (the rule of three), which is an area of .5 + 1.5 / m.
RULE_OF_THREE = 1.5


@dataclass(frozen=True)
class Area:
    """`auc` 0-1 with its standard `error`; `n_gold`, `n_open` rows."""

    auc: float
    error: float
    n_gold: int
    n_open: int

    @property
    def low(self) -> float:
        """Of the two-sided 95 % interval."""
        return max(0.0, self.auc - TWO_SIDED * self.error)

    @property
    def high(self) -> float:
        return min(1.0, self.auc + TWO_SIDED * self.error)

    @property
    def upper(self) -> float:
        """One-sided 95 % upper bound."""
        return min(1.0, self.auc + ONE_SIDED * self.error)

    @property
    def p(self) -> float:
        """Two-sided, against an area of one half."""
        return float(2 * stats.norm.sf(abs(self.auc - 0.5) / max(self.error, 1e-12)))


def auc_of(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    """The area alone, for float[n] and bool[n] with both sides present; ties count half.

    >>> auc_of(np.array([1.0, 2.0, 3.0]), np.array([False, True, True]))
    1.0
    """
    ranks = stats.rankdata(scores)
    n_gold = int(gold.sum())
    wins = ranks[gold].sum() - n_gold * (n_gold + 1) / 2
    return float(wins / (n_gold * (len(gold) - n_gold)))


def area(
    scores: NDArray[np.float64],
    gold: NDArray[np.bool_],
    clusters: Mapping[str, Sequence[object]] | None = None,
    *,
    folds: int = 0,
) -> Area:
    """Area of float[n] for bool[n]; `clusters`: one or two names -> n keys, rows of one key belong together.

    `folds`: of the cross-validation that made the scores, 0 where nothing was learnt.

    The error is never below that of single rows, of either clustering, nor of what the rule of three leaves open.
    Raises ValueError unless both sides are there.
    """
    n_gold, n_open = int(gold.sum()), int((~gold).sum())
    if not n_gold or not n_open:
        raise ValueError(f"An area needs gold and open rows; there are {n_gold} and {n_open}.")
    influence = _influence(scores, gold)
    keys = [codes(key) for key in (clusters or {}).values()]
    units = keys[0] if keys else np.arange(len(gold))
    fewest = min(len(np.unique(units[gold])), len(np.unique(units[~gold])))
    widened = np.sqrt(1 + folds / (folds - 1)) if folds > 1 else 1.0
    error = max(float(widened * np.sqrt(crossed_variance(influence, keys))), RULE_OF_THREE / fewest / ONE_SIDED)
    return Area(auc_of(scores, gold), error, n_gold, n_open)


def _influence(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float[n], summing to zero: how much each row moves the area."""
    n_gold, n_open = int(gold.sum()), int((~gold).sum())
    ranks = stats.rankdata(scores)
    beaten = (ranks[gold] - stats.rankdata(scores[gold])) / n_open
    beating = 1 - (ranks[~gold] - stats.rankdata(scores[~gold])) / n_gold
    influence = np.empty(len(gold))
    influence[gold] = (beaten - beaten.mean()) / n_gold
    influence[~gold] = (beating - beating.mean()) / n_open
    return influence
