"""Bayesian weighted average (Li, Rubinstein and Cohn 2019), one class against the rest, gold clamped.

A vote is a number, 1 for this class and 0 for another; z_i is the weighted mean of a task's votes, and an annotator's
weight is their inverse squared distance from the z of the tasks they voted on, under a Gamma prior:

    v_j = (a + n_j) / (b + sum_i (z_i - y_ij)^2),     z_i = (lambda mean(z) + sum_j v_j y_ij) / (lambda + sum_j v_j)

Few parameters, hard to mislead: it is in the pool for safety.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities

_PRIOR_WEIGHT = 15.0
_PULL = 1.0


def bayesian_weighted_average(votes: LabelVotes) -> Probabilities:
    scores = np.stack([_one_against_rest(votes, k) for k in range(len(votes.labels))], axis=1)
    squared = np.maximum(scores, 1e-4) ** 2
    return votes.clamped(squared / squared.sum(axis=1, keepdims=True))


def _one_against_rest(votes: LabelVotes, k: int, *, iterations: int = 200) -> NDArray[np.float64]:
    n_tasks, n_workers = len(votes.tasks), len(votes.workers)
    said, worth = (votes.label == k).astype(float), votes.weight
    per_task, per_worker = np.bincount(votes.task, worth), np.bincount(votes.worker, worth, n_workers)
    known, is_this, prevailing = votes.is_gold, votes.gold == k, votes.prevailing
    z = np.bincount(votes.task, said * worth) / per_task
    spread = (per_task * z * (1 - z)).sum() / worth.sum()
    prior_rate = _PRIOR_WEIGHT * spread * 4 * (1 - 1 / len(votes.labels))
    for _ in range(iterations):
        z = np.where(known, is_this, z)
        distance = np.bincount(votes.worker, worth * (z[votes.task] - said) ** 2, n_workers)
        # Everybody of one mind on everything leaves no distance at all: a floor keeps the weight finite.
        weight = (_PRIOR_WEIGHT + per_worker) / np.maximum(prior_rate + distance, 1e-9)
        of_vote = worth * weight[votes.worker]
        total = np.bincount(votes.task, of_vote, n_tasks)
        agreed = np.bincount(votes.task, said * of_vote, n_tasks)
        new = (_PULL * z[prevailing].mean() + agreed) / (_PULL + total)
        change = np.abs(np.where(known, 0, new - z)).max()
        z = new
        if change < 1e-3:
            break
    return z
