"""Attackers who learn from examples: cross-validated, no source on both sides of a split.

A site's real attacker has no examples of gold to learn from; one that has them is the worst there can be, so what this
one cannot find nobody finds from the same figures.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

FOLDS = 5
_cut = FunctionTransformer(np.clip, kw_args={"a_min": -6, "a_max": 6})  # one odd row must not rule the fit
# fit(train rows, their sides, test rows) -> scores of the test rows, greater = more likely gold
Model = Callable[[NDArray[Any], NDArray[np.bool_], NDArray[Any]], NDArray[np.float64]]


def regression(train: NDArray[Any], gold: NDArray[np.bool_], test: NDArray[Any]) -> NDArray[np.float64]:
    """Logistic regression on standardised figures, extremes cut at six deviations."""
    model = make_pipeline(StandardScaler(), _cut, LogisticRegression(C=0.1, class_weight="balanced", max_iter=500))
    return np.asarray(model.fit(train, gold).decision_function(test))


def trees(train: NDArray[Any], gold: NDArray[np.bool_], test: NDArray[Any]) -> NDArray[np.float64]:
    """Gradient boosting over small trees: finds steps, middles and combinations."""
    model = HistGradientBoostingClassifier(
        max_iter=50, max_bins=64, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=10, l2_regularization=1.0,
        class_weight="balanced", early_stopping=False, random_state=0,
    )  # fmt: skip
    with threadpool_limits(1):  # trees this small are done before threads have met
        return np.asarray(model.fit(train, gold).decision_function(test))


def cross_validated(
    rows: NDArray[Any], gold: NDArray[np.bool_], groups: Sequence[object], model: Model, *, seed: int
) -> NDArray[np.float64] | None:
    """float[n] in 0-1: each row scored by an attacker that saw none of its group; None with too few groups to split.

    Scores are ranks within a fold: those of different attackers have no common scale, and the side that a fold has
    more of is the one its training had less of.
    """
    codes = np.unique(np.array([str(group) for group in groups]), return_inverse=True)[1]
    fewest = min(len(np.unique(codes[gold])), len(np.unique(codes[~gold])))
    if fewest < 2:
        return None
    scores = np.full(len(gold), 0.5)
    splitter = StratifiedGroupKFold(n_splits=min(FOLDS, fewest), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fold with one side only is no split, and is left at one half
        for train, test in splitter.split(codes, gold, codes):
            if len(np.unique(gold[train])) == 2:
                found = model(rows[train], gold[train], rows[test])
                scores[test] = stats.rankdata(found) / (len(test) + 1)
    return scores
