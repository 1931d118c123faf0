"""How often each worker is right, with an honest 90 % interval.

The share of a worker's votes that the pooled posterior supports,

    a_j = sum_i p_i(y_ij) / n_j,

rests on many votes but on a posterior that may flatter everybody alike. Gold says by how much: on gold tasks, with the
posterior that was not told (`held_out`), supported share minus share right is one pooled bias, which is taken off. The
variance adds what is left: the vote's own sampling, the bias's standard error, and the spread between data sets of how
far such figures are off (TAU, set so that intervals cover on public sets). Without gold the bias is unknown and stays
in the interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities
from quality.domain.reliability import Reliability
from quality.domain.stats import beta_interval

_TAU = 0.04
_BIAS_WITHOUT_GOLD = 0.08
_PRIOR_VOTES = 4.0


def worker_accuracy(votes: LabelVotes, posterior: Probabilities, held_out: Probabilities) -> list[Reliability]:
    """One `Reliability` a worker, in the order of `votes.workers`; `n` counts votes on gold.

    `posterior`, `held_out`: float[T, K] as from `pool_with_held_out`.
    """
    n_workers = len(votes.workers)
    on_gold = votes.is_gold[votes.task]
    right = (votes.label == votes.gold[votes.task]) & on_gold
    support = np.where(on_gold, right, held_out[votes.task, votes.label])
    n = np.bincount(votes.worker, minlength=n_workers)
    bias, bias_error = _pooled_bias(held_out[votes.task, votes.label][on_gold], right[on_gold])
    n_open = n - np.bincount(votes.worker, on_gold, n_workers)
    total = np.bincount(votes.worker, support, n_workers) - bias * n_open
    population = float(np.clip(total.sum() / n.sum(), 0.02, 0.98))
    mean = np.clip((total + _PRIOR_VOTES * population) / (n + _PRIOR_VOTES), 0.005, 0.995)
    variance = mean * (1 - mean) / (n + _PRIOR_VOTES + 1)
    variance += (n_open / n) ** 2 * (bias_error**2 + _TAU**2)
    n_gold = np.bincount(votes.worker, on_gold, n_workers).astype(int)
    return _as_beta(mean, variance, n_gold.tolist())


def _pooled_bias(supported: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean of supported - right over the votes on gold, and its standard error."""
    if right.size < 2:
        return 0.0, _BIAS_WITHOUT_GOLD
    excess = supported - right
    # A few gold votes fix nothing: shrink as if ten more had shown no bias.
    share = right.size / (right.size + 10)
    return float(excess.mean() * share), float(excess.std() / np.sqrt(right.size) + (1 - share) * _BIAS_WITHOUT_GOLD)


def _as_beta(mean: NDArray[np.float64], variance: NDArray[np.float64], n_gold: Sequence[int]) -> list[Reliability]:
    """Beta distributions of these moments."""
    result = []
    for m, v, n in zip(mean.tolist(), variance.tolist(), n_gold, strict=True):
        strength = max(m * (1 - m) / v - 1, 0.5)
        low, high = beta_interval(m * strength, (1 - m) * strength)
        result.append(Reliability(mean=m, low=low, high=high, n=n))
    return result
