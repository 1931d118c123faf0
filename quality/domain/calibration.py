"""Whether probabilities mean what they say, and what is released by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.domain.stats import wilson_interval


def expected_calibration_error(confidence: ArrayLike, is_right: ArrayLike, *, bins: int = 10) -> float:
    """Mean over bins of equal width of |share right - mean confidence|, by share of answers (Naeini et al. 2015).

    `confidence` float[n] in 0-1, `is_right` bool[n].

    >>> expected_calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False])
    0.0
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(is_right, dtype=np.float64)
    if sure.shape != right.shape or sure.size == 0:
        raise ValueError(f"Expected one confidence an answer, got {sure.shape} for {right.shape}.")
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gap = np.bincount(place, sure - right, bins)
    return float(np.abs(gap).sum() / sure.size)


@dataclass(frozen=True)
class Release:
    """`is_released` bool[n] by the estimate; of the released whose truth was held back, `good` of `checked` reach the
    target: `share` with its 95 % interval. None where none was checked."""

    is_released: list[bool]
    checked: int
    good: int
    share: float | None
    low: float
    high: float


def release(estimated: ArrayLike, *, target: float, realised: ArrayLike | None = None) -> Release:
    """Release the labels whose estimated quality reaches `target`, and say how many of them truly do.

    `estimated` float[n]: P(label) or expected Dice; `realised` float[n]: quality against held-back truth, NaN where
    there is none.
    """
    quality = np.asarray(estimated, dtype=np.float64)
    truth = np.full(quality.shape, np.nan) if realised is None else np.asarray(realised, dtype=np.float64)
    if truth.shape != quality.shape:
        raise ValueError(f"Expected one realised quality a label, got {truth.shape} for {quality.shape}.")
    chosen = quality >= target
    known = chosen & ~np.isnan(truth)
    checked, good = int(known.sum()), int((truth[known] >= target).sum())
    low, high = wilson_interval(good, checked)
    return Release(chosen.tolist(), checked, good, good / checked if checked else None, low, high)


@dataclass(frozen=True)
class Bin:
    """The `n` labels whose estimated quality lies between `low` and `high`. `estimated`, `realised`: their means, 0-1,
    the latter with its 95 % interval (Wilson) `floor` to `ceiling`."""

    low: float
    high: float
    estimated: float
    realised: float
    floor: float
    ceiling: float
    n: int


@dataclass(frozen=True)
class Calibration:
    """A reliability diagram (DeGroot and Fienberg 1983) and its expected calibration error with a 95 % bootstrap
    interval. `by_chance`: what honest probabilities would show at this `n`, since few labels never fit exactly; None
    where outcomes are not right or wrong."""

    bins: tuple[Bin, ...]
    error: float
    low: float
    high: float
    by_chance: float | None
    n: int


def calibration(
    estimated: ArrayLike,
    realised: ArrayLike,
    *,
    rng: np.random.Generator,
    is_binary: bool = True,
    bins: int = 10,
    resamples: int = 1000,
) -> Calibration:
    """Hold estimated quality float[n] in 0-1 (class: P(label)) against realised float[n]: right or not where it
    `is_binary`, else something in between (Dice, F1)."""
    sure, right = np.asarray(estimated, dtype=np.float64), np.asarray(realised, dtype=np.float64)
    error = expected_calibration_error(sure, right, bins=bins)
    draws = rng.integers(sure.size, size=(resamples, sure.size))
    errors = [expected_calibration_error(sure[draw], right[draw], bins=bins) for draw in draws]
    by_chance = None
    if is_binary:
        coins = rng.random((resamples, sure.size)) < sure
        by_chance = float(np.mean([expected_calibration_error(sure, coin, bins=bins) for coin in coins]))
    low, high = np.quantile(errors, [0.025, 0.975])
    place = np.minimum((sure * bins).astype(int), bins - 1)
    rows = tuple(_bin(k, bins, sure[place == k], right[place == k]) for k in range(bins) if (place == k).any())
    return Calibration(rows, error, float(low), float(high), by_chance, sure.size)


def _bin(k: int, bins: int, sure: NDArray[np.float64], right: NDArray[np.float64]) -> Bin:
    floor, ceiling = wilson_interval(float(right.sum()), right.size)
    return Bin(k / bins, (k + 1) / bins, float(sure.mean()), float(right.mean()), floor, ceiling, right.size)
