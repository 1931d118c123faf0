"""Independent Bayesian classifier combination, semi-supervised (Kim and Ghahramani 2012; Simpson et al. 2013).

Each annotator has a confusion matrix of their own under one fixed prior. The baseline that the others start from.
"""

from __future__ import annotations

from quality.domain.aggregation.labels.bcc import variational
from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities
from quality.domain.reliability.communities import expected_log, prior_counts


def ibcc(votes: LabelVotes) -> Probabilities:
    prior = prior_counts(len(votes.labels))
    return variational(votes, lambda confusion: expected_log(confusion, prior))
