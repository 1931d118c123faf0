"""The attacker: logistic regression, cross-validated by source, and how sure its area under the curve is.

The standard error of the area is DeLong's (1988): no assumption on the scores' distribution.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Area:
    """`auc` 0-1 with its standard `error`; `upper`: one-sided 95 % upper bound."""

    auc: float
    error: float

    @property
    def upper(self) -> float:
        return self.auc + 1.645 * self.error


def fit(features: np.ndarray, target: np.ndarray, penalty: float = 1.0) -> np.ndarray:
    """Weights float64[k + 1] (last: intercept) for standardised float64[n, k] and bool[n]; ridge penalty."""
    x = np.hstack([features, np.ones((len(features), 1))])
    y = target.astype(np.float64)
    ridge = np.diag([penalty] * features.shape[1] + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        p = special.expit(x @ weights)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (y - p) - ridge @ weights)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def scores(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return features @ weights[:-1] + weights[-1]


def standardise(train: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """All by the training part's mean and standard deviation; extremes cut at 6."""
    mean, sd = train.mean(axis=0), train.std(axis=0) + 1e-9
    return [np.clip((part - mean) / sd, -6, 6) for part in (train, *others)]


def folds(groups: list[str], n: int, rng: np.random.Generator) -> np.ndarray:
    """int64[len(groups)] in 0..n-1; a group is never split."""
    names = sorted(set(groups))
    place = dict(zip(names, rng.permutation(len(names)) % n, strict=True))
    return np.array([place[group] for group in groups])


def crossed(target: np.ndarray, groups: list[str], n: int, seed: int) -> np.ndarray:
    """int64[rows], the fold of each row: no source is split, and both sides are spread over the folds alike."""
    rng = np.random.default_rng(seed)
    place: dict[str, int] = {}
    for side in (False, True):
        names = [groups[row] for row in np.flatnonzero(target == side) if groups[row] not in place]
        place |= dict(zip(names, folds(names, n, rng).tolist(), strict=True))
    return np.array([place[group] for group in groups])


def cross_validated(
    features: np.ndarray, target: np.ndarray, groups: list[str], *, seed: int = 0, n: int = 5
) -> np.ndarray:
    """float64[rows]: each row scored by an attacker that never saw its source.

    Intercepts are left out: the side that a fold has more of is the one its training had less of, which would make a
    blind attacker look reliably wrong.
    """
    fold = crossed(target, groups, n, seed)
    out = np.zeros(len(features))
    for number in range(n):
        held = fold == number
        if not held.any() or len(np.unique(target[~held])) < 2:
            continue
        train, test = standardise(features[~held], features[held])
        weights = fit(train, target[~held])
        out[held] = test @ weights[:-1]
    return out


def area(values: np.ndarray, target: np.ndarray) -> Area:
    """Area under the curve of float64[n] for bool[n], with DeLong's standard error."""
    hit, miss = values[target], values[~target]
    wins = (hit[:, None] > miss[None, :]) + 0.5 * (hit[:, None] == miss[None, :])
    by_hit, by_miss = wins.mean(axis=1), wins.mean(axis=0)
    variance = by_hit.var(ddof=1) / len(hit) + by_miss.var(ddof=1) / len(miss)
    return Area(float(wins.mean()), float(np.sqrt(variance)))


def centred(features: np.ndarray, groups: list[str]) -> np.ndarray:
    """Each source's mean taken away: what is left tells pictures apart, not slides."""
    out = features.copy()
    names = np.array(groups)
    for name in set(groups):
        rows = names == name
        out[rows] -= out[rows].mean(axis=0)
    return out
