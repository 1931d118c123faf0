"""How often each worker is right, with an honest 90 % interval.

The share of a worker's votes that the pooled posterior supports,

    a_j = sum_i p_i(y_ij) / n_j,

rests on many votes but on a posterior that may flatter everybody alike, and the one more than the other. By how much
shows on gold, with the posterior that was not told (`held_out`): supported share minus share right is one gap, which is
taken off, and the spread of people's own around it (`reliability.likeness`) stays in the variance, beside the vote's
own sampling and what the posterior itself leaves open, sum_i p_i (1 - p_i) / n_j^2. Between the ten public sets,
without gold, the gap differs by .035 and people's own by .045 around it: the scales of what is believed beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities
from quality.domain.reliability import Reliability, likeness
from quality.domain.reliability.likeness import Likeness
from quality.domain.stats import beta_interval

_GAP, _TAU = 0.04, 0.04
_PRIOR_VOTES = 4.0
_LEAST_VARIANCE = 1e-3  # of supported - right: a few certain votes are no proof of certainty


def worker_accuracy(votes: LabelVotes, posterior: Probabilities, held_out: Probabilities) -> list[Reliability]:
    """One `Reliability` a worker, in the order of `votes.workers`; `n` counts votes on gold.

    `posterior`, `held_out`: float[T, K] as from `pool_with_held_out`.
    """
    n_workers = len(votes.workers)
    on_gold = votes.is_gold[votes.task]
    right = (votes.label == votes.gold[votes.task]) & on_gold
    believed = held_out[votes.task, votes.label]
    like = _likeness(votes, np.where(on_gold, believed - right, 0.0), on_gold)
    support = np.where(on_gold, right, believed - like.gap)
    n = np.bincount(votes.worker, minlength=n_workers)
    n_open = np.bincount(votes.worker, ~on_gold, n_workers)
    total = np.bincount(votes.worker, support, n_workers)
    population = float(np.clip(total.sum() / n.sum(), 0.02, 0.98))
    mean = np.clip((total + _PRIOR_VOTES * population) / (n + _PRIOR_VOTES), 0.005, 0.995)
    left_open = np.bincount(votes.worker, believed * (1 - believed) * ~on_gold, n_workers)
    variance = mean * (1 - mean) / (n + _PRIOR_VOTES + 1) + (left_open + n_open**2 * like.variance) / n**2
    return _as_beta(mean, variance, (n - n_open).astype(int).tolist())


def _likeness(votes: LabelVotes, excess: NDArray[np.float64], on_gold: NDArray[np.bool_]) -> Likeness:
    """How supported - right (`excess`, float[N]) differs between workers, from their votes on gold."""
    worker, excess = votes.worker[on_gold], excess[on_gold]
    n = np.bincount(worker, minlength=len(votes.workers))
    mean = np.bincount(worker, excess, len(votes.workers)) / np.maximum(n, 1)
    within = (((excess - mean[worker]) ** 2).sum() + _LEAST_VARIANCE) / (excess.size - np.count_nonzero(n) + 1)
    return likeness.fit(mean[n > 0], max(within, _LEAST_VARIANCE) / n[n > 0], gap=_GAP, tau=_TAU)


def _as_beta(mean: NDArray[np.float64], variance: NDArray[np.float64], n_gold: Sequence[int]) -> list[Reliability]:
    """Beta distributions of these moments."""
    result = []
    for m, v, n in zip(mean.tolist(), variance.tolist(), n_gold, strict=True):
        strength = max(m * (1 - m) / v - 1, 0.5)
        low, high = beta_interval(m * strength, (1 - m) * strength)
        result.append(Reliability(mean=m, low=low, high=high, n=n))
    return result
