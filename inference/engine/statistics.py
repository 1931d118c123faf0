"""The statistics of Kulkarni et al. (2024): mean with a 95 % interval, Shapiro-Wilk, Wilcoxon signed-rank.

Slices of one volume are alike, so intervals draw whole cases, and tests compare means of cases where there are several.
"""

from typing import Any

import numpy as np
from scipy import stats

RESAMPLES = 2000
FEWEST = 6  # pairs; below, a signed-rank test cannot reach p < .05


def interval(groups: list[list[float]], *, seed: int = 0) -> dict[str, Any]:
    """Mean of all figures with a 95 % bootstrap interval: whole cases are drawn, or figures where there is one case."""
    values = np.array([v for group in groups for v in group])
    if values.size == 0:
        return {"n": 0, "mean": None, "low": None, "high": None}
    units = [g for g in groups if g] if sum(bool(g) for g in groups) > 1 else [[v] for v in values]
    sums, counts = np.array([sum(g) for g in units]), np.array([len(g) for g in units])
    drawn = np.random.default_rng(seed).integers(0, len(units), (RESAMPLES, len(units)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        "n": int(values.size),
        "cases": sum(bool(g) for g in groups),
        "mean": round(float(values.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def paired(first: list[list[float]], second: list[list[float]]) -> dict[str, Any]:
    """Is `first` better than `second`, figure by figure? {"n", "difference", "normal_p", "wilcoxon_p"}.

    `normal_p` is Shapiro-Wilk's on the differences (small: not normal, hence the signed-rank test); both are None for
    fewer than six pairs or where all differences are alike.
    """
    cases = [(a, b) for a, b in zip(first, second, strict=True) if a]
    if len(cases) >= FEWEST:
        differences = np.array([np.mean(a) - np.mean(b) for a, b in cases])
    else:
        differences = np.array([u - v for a, b in cases for u, v in zip(a, b, strict=True)])
    found: dict[str, Any] = {"n": len(differences), "difference": None, "normal_p": None, "wilcoxon_p": None}
    if len(differences):
        found["difference"] = round(float(differences.mean()), 4)
    if len(differences) >= FEWEST and np.ptp(differences) > 0:
        found["normal_p"] = float(f"{stats.shapiro(differences[:5000]).pvalue:.3g}")
        found["wilcoxon_p"] = float(f"{stats.wilcoxon(differences).pvalue:.3g}")
    return found
