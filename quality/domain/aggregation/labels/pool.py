"""Log-linear pool of six estimators, its weights learnt from gold.

    p_i(k) ~ exp( sum_m w_m log[(1 - e) P_m(k) + e/K] + b_k )
    (w, b) = argmin  -sum_gold log p_i(y_i) + 15 |w - w0|^2 + 5 |b|^2,     0 <= w <= 5,  w0 = .12 each

Members: majority, communities with open tasks counted at 1, .2 and .05, EBCC, Bayesian weighted average. No single one
is right everywhere: those that learn most from open tasks win most and lose most. w0 adds up to less than 1 since the
members see the same votes; it also keeps the pooled probabilities honest. The rows that the weights are learnt from
come from 5-fold cross-validation over the gold (fewer folds where votes are many): the cheap leave-one-out posterior is
optimistic about the greedy ones.
With fewer than five gold tasks the weights stay at w0. Where gold is unlike the open tasks (`shift`) it counts less:
its rows are weighed to the open class mix, the pull to w0 grows and the bias b goes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from quality.domain.aggregation.labels.bwa import bayesian_weighted_average
from quality.domain.aggregation.labels.communities import communities
from quality.domain.aggregation.labels.ebcc import ebcc
from quality.domain.aggregation.labels.majority import majority
from quality.domain.aggregation.labels.shift import Shift, gold_shift
from quality.domain.aggregation.labels.votes import UNKNOWN, LabelVotes, Probabilities, normalised

MEMBERS: tuple[Callable[[LabelVotes], Probabilities], ...] = (
    majority,
    lambda votes: communities(votes, open_weight=1.0),
    lambda votes: communities(votes, open_weight=0.2),
    lambda votes: communities(votes, open_weight=0.05),
    ebcc,
    bayesian_weighted_average,
)
_START_WEIGHT = 0.12
_WEIGHT_PULL, _BIAS_PULL = 15.0, 5.0
_DOUBT, _BIAS_DOUBT = 3.0, 20.0  # how much harder the pulls become where gold is unlike the rest
_FLOOR = 0.003
_FOLDS = ((50_000, 5), (300_000, 3))  # up to so many votes; beyond that 2
_FEWEST_GOLD = 5
_LARGEST_WEIGHT = 5.0
_SEED = 0

Fitted = tuple[NDArray[np.float64], NDArray[np.float64]]  # w [M], b [K]


def pool(votes: LabelVotes) -> Probabilities:
    return pool_with_held_out(votes)[0]


def pool_with_held_out(votes: LabelVotes) -> tuple[Probabilities, Probabilities]:
    """Probabilities of all tasks, and again with the gold tasks as if they were open (by cross-validation)."""
    features = _log_features(votes)
    n_members, n_labels = features.shape[1:]
    weights, bias = np.full(n_members, _START_WEIGHT), np.zeros(n_labels)
    held_out = features.copy()
    if votes.is_gold.sum() >= _FEWEST_GOLD:
        _fill_held_out(votes, held_out)
        rows = np.flatnonzero(votes.is_gold)
        shift = gold_shift(votes, normalised(np.einsum("tmk,m->tk", features, weights)))
        weights, bias = _fit(held_out[rows], votes.gold[rows], shift)
    pooled = normalised(np.einsum("tmk,m->tk", features, weights) + bias)
    return votes.clamped(pooled), normalised(np.einsum("tmk,m->tk", held_out, weights) + bias)


def _log_features(votes: LabelVotes) -> NDArray[np.float64]:
    """log of the members' floored probabilities, float[T, M, K]."""
    stacked = np.stack([member(votes) for member in MEMBERS], axis=1)
    result: NDArray[np.float64] = np.log((1 - _FLOOR) * stacked + _FLOOR / len(votes.labels))
    return result


def _fill_held_out(votes: LabelVotes, features: NDArray[np.float64]) -> None:
    """Overwrite the rows of gold tasks with what the members say of them when they are not told."""
    rows = np.flatnonzero(votes.is_gold)
    n_folds = next((n for most, n in _FOLDS if votes.task.size <= most), 2)
    fold = np.random.default_rng(_SEED).permutation(rows.size) % n_folds
    for f in range(n_folds):
        hidden = rows[fold == f]
        gold = votes.gold.copy()
        gold[hidden] = UNKNOWN
        features[hidden] = _log_features(votes.with_gold(gold))[hidden]


def _fit(features: NDArray[np.float64], truth: NDArray[np.intp], shift: Shift) -> Fitted:
    """Penalised maximum likelihood of `float[n, M, K]` against `int[n]`."""
    n_rows, n_members, n_labels = features.shape
    right = np.eye(n_labels)[truth]
    worth = shift.class_weight[truth]
    pull = _WEIGHT_PULL * (1 + _DOUBT * shift.difficulty)
    bias_pull = _BIAS_PULL * (1 + _BIAS_DOUBT * max(shift.difficulty, shift.mix) ** 2)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = parameters[:n_members], parameters[n_members:]
        probability = normalised(np.einsum("nmk,m->nk", features, weights) + bias)
        excess = (probability - right) * worth[:, None]
        off = weights - _START_WEIGHT
        value = -(worth * np.log(probability[np.arange(n_rows), truth] + 1e-12)).sum()
        value += pull * (off**2).sum() + bias_pull * (bias**2).sum()
        to_weights = np.einsum("nmk,nk->m", features, excess) + 2 * pull * off
        return float(value), np.concatenate([to_weights, excess.sum(axis=0) + 2 * bias_pull * bias])

    start = np.concatenate([np.full(n_members, _START_WEIGHT), np.zeros(n_labels)])
    bounds = [(0.0, _LARGEST_WEIGHT)] * n_members + [(None, None)] * n_labels
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60}).x
    return best[:n_members], best[n_members:]
