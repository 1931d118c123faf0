"""Annotators of a few kinds (after CommunityBCC, Venanzi et al. 2014, with learnt Dirichlets).

`bcc` with the communities of `quality.domain.reliability.communities` as the prior of everybody's confusion matrix.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.labels.bcc import variational
from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities
from quality.domain.reliability.communities import Communities, expected_log

OPEN_WEIGHT = 0.2


def communities(votes: LabelVotes, *, open_weight: float = OPEN_WEIGHT) -> Probabilities:
    """`open_weight`: how much a task counts whose answer is unknown, once any is known (see `bcc`)."""
    kinds = Communities(len(votes.labels))

    def expected(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
        """E log pi under the mixture, whose parameters move on with every call."""
        belongs = kinds.step(confusion)
        result = np.zeros_like(confusion)
        for alpha, member in zip(kinds.alpha_, belongs.T, strict=True):
            result += member[:, None, None] * expected_log(confusion, alpha)
        return result

    return variational(votes, expected, open_weight=open_weight if votes.is_gold.any() else 1.0)
