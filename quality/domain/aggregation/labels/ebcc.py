"""Enhanced Bayesian classifier combination (Li, Rubinstein and Cohn 2019), gold clamped.

Each class has M = 4 subtypes, and an annotator a confusion vector per subtype: two people who stumble over the same
kind of item are then correlated through it instead of counted twice.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities, normalised
from quality.domain.reliability.communities import DIAGONAL, OFF_DIAGONAL, expected_log

_SUBTYPES = 4
_SUBTYPE_PRIOR = 0.1
_IMPOSSIBLE = -1e9
_SEED = 0


def ebcc(votes: LabelVotes, *, tolerance: float = 3e-3) -> Probabilities:
    n_tasks, n_workers, n_labels = len(votes.tasks), len(votes.workers), len(votes.labels)
    label_of = np.repeat(np.arange(n_labels), _SUBTYPES)
    prior = OFF_DIAGONAL + (DIAGONAL - OFF_DIAGONAL) * (np.arange(n_labels)[:, None] == label_of[None])
    incidence = votes.incidence()
    transposed = incidence.T.tocsr()
    counts = votes.counts()
    start = votes.clamped(counts / counts.sum(axis=1, keepdims=True))
    prevailing = votes.prevailing
    base = start[prevailing].sum(axis=0)
    forbidden = votes.is_gold[:, None] & (label_of[None] != votes.gold[:, None])
    # The subtypes start alike but for a seeded nudge; without it they would stay alike for ever.
    nudge = np.random.default_rng(_SEED).dirichlet(np.ones(_SUBTYPES), (n_tasks, n_labels))
    posterior = (start[:, :, None] * nudge).reshape(n_tasks, -1)
    for _ in range(votes.rounds):
        confusion = (transposed @ posterior).reshape(n_workers, n_labels, -1)
        log_confusion = expected_log(confusion, prior)
        subtype = posterior.sum(axis=0).reshape(n_labels, _SUBTYPES) + _SUBTYPE_PRIOR / _SUBTYPES
        prevalence = base + posterior[prevailing].sum(axis=0).reshape(n_labels, _SUBTYPES).sum(axis=1)
        log_subtype = digamma(subtype) - digamma(subtype.sum(axis=1, keepdims=True))
        log_prior = log_subtype + (digamma(prevalence) - digamma(prevalence.sum()))[:, None]
        evidence = incidence @ log_confusion.reshape(n_workers * n_labels, -1)
        new = normalised(np.where(forbidden, _IMPOSSIBLE, log_prior.ravel() + evidence))
        change = np.abs(new - posterior).max()
        posterior = new
        if change < tolerance:
            break
    return votes.clamped(posterior.reshape(n_tasks, n_labels, _SUBTYPES).sum(axis=2))
