"""Variational Bayes for confusion matrices, shared by `ibcc` and `communities`.

Model: true label t_i ~ Cat(nu), vote y_ij ~ Cat(pi_j[t_i]); q(t), q(pi), q(nu) factorised.

    N_jlk = sum_i h_i q_ik 1[y_ij = l]         what annotator j said (l) where k is believed true
    log q_ik = E log nu_k + sum_j E log pi_j[k, y_ij]

nu is that of the open tasks: gold is often chosen to have another mix. Tasks whose answer is known are clamped with
h = 1; the rest count with h = `open_weight`. Below 1 it keeps the many tasks nobody knows from drowning out the few
that are known: where annotators err alike, the model otherwise talks itself into believing them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities, normalised

# Counts float[W, L, K] -> E log pi float[W, L, K]; may carry hyperparameters from call to call.
ExpectedLog = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def variational(
    votes: LabelVotes,
    expected_log: ExpectedLog,
    *,
    open_weight: float = 1.0,
    tolerance: float = 1e-3,
) -> Probabilities:
    """Iterate to a fixed point from the vote shares; gold rows stay clamped."""
    n_labels, n_workers = len(votes.labels), len(votes.workers)
    incidence = votes.incidence()
    transposed = incidence.T.tocsr()
    counts = votes.counts()
    posterior = votes.clamped(counts / counts.sum(axis=1, keepdims=True))
    weight = np.where(votes.is_gold, 1.0, open_weight)[:, None]
    prevailing = votes.prevailing
    for _ in range(votes.rounds):
        weighted = posterior * weight
        confusion = (transposed @ weighted).reshape(n_workers, n_labels, n_labels)
        log_confusion = expected_log(confusion)
        prevalence = weighted[prevailing].sum(axis=0) + 1.0
        log_prevalence = digamma(prevalence) - digamma(prevalence.sum())
        evidence = incidence @ log_confusion.reshape(n_workers * n_labels, n_labels)
        new = votes.clamped(normalised(log_prevalence + evidence))
        change = np.abs(new - posterior).max()
        posterior = new
        if change < tolerance:
            break
    return posterior
