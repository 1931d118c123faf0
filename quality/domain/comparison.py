"""Comparing two arms of a study, the way studies of annotation report it.

found = compare_paired(dice_with, dice_without, rng=rng, groups=patients)
holm([found.p, other.p])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from quality.domain.stats import bootstrap_interval

_NORMAL_ABOVE = 0.05


@dataclass(frozen=True)
class Comparison:
    """`difference`: mean of first - second over n pairs, with its 95 % bootstrap interval; `test`: "paired t" where
    Shapiro-Wilk does not reject normal differences, else "Wilcoxon signed-rank"; `p`: two-sided."""

    difference: float
    low: float
    high: float
    n: int
    test: str
    p: float
    shapiro_p: float | None


def compare_paired(
    first: ArrayLike, second: ArrayLike, *, rng: np.random.Generator, groups: Sequence[object] | None = None
) -> Comparison:
    """Paired values float[n] of two arms. `groups`, one per pair: the bootstrap draws whole persons or patients, and
    the test looks at each group's mean, since pairs of one group are alike."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise ValueError(f"Paired values must be two rows of one length, these are {a.shape} and {b.shape}.")
    differences = a - b
    low, high = bootstrap_interval(differences, rng=rng, groups=groups)
    units = differences if groups is None else _group_means(differences, groups)
    test, p, shapiro_p = _test(units)
    return Comparison(float(differences.mean()), low, high, a.size, test, p, shapiro_p)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p of a family of tests (Holm 1979), in their order.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable").tolist()):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _group_means(values: NDArray[np.float64], groups: Sequence[object]) -> NDArray[np.float64]:
    if len(groups) != values.size:
        raise ValueError(f"Expected one group a pair, got {len(groups)} for {values.size} pairs.")
    keys = np.array([list(dict.fromkeys(groups)).index(group) for group in groups])
    means: NDArray[np.float64] = np.bincount(keys, values) / np.bincount(keys)
    return means


def _test(differences: NDArray[np.float64]) -> tuple[str, float, float | None]:
    if np.allclose(differences, 0):
        return "Wilcoxon signed-rank", 1.0, None
    if differences.size < 3 or np.ptp(differences) < 1e-12:  # too few, or too alike, to say anything of their shape
        return "Wilcoxon signed-rank", float(stats.wilcoxon(differences).pvalue), None
    shapiro_p = float(stats.shapiro(differences).pvalue)
    if shapiro_p > _NORMAL_ABOVE:
        return "paired t", float(stats.ttest_1samp(differences, 0).pvalue), shapiro_p
    return "Wilcoxon signed-rank", float(stats.wilcoxon(differences).pvalue), shapiro_p
