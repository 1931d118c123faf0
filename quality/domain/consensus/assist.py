"""Answers that lean on the same proposal are not independent.

    factor_i = (1 - a_i l_i) / (1 + sum_{k != i, same proposal} a_i a_k sqrt(l_i l_k))

a_i = exp(-edit_i / .05): how far the answer is the proposal itself; `edit` is 0 for an accepted proposal and 1 for an
answer that has nothing of it (class: 0 or 1; box and mask: 1 - overlap). l_i: how often this person accepts a proposal
unlooked at, from planted wrong ones (`RubricResult.details["kept_planted"]`), .3 while nothing is known. The numerator
is the share of acceptances that are somebody's own judgement, the denominator the design effect of answers that are
alike because their source is (Kish 1965). A factor multiplies a vote's weight; votes without a proposal keep 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.consensus.base import Vote
from quality.domain.reliability import Reliability

_EDIT_SCALE = 0.05
_LAZY, _LAZY_WORTH = 0.3, 2.0  # before planted proposals tell, and how many of them that is worth


def independence(votes: Sequence[Vote], reliabilities: Mapping[Hashable, Reliability]) -> NDArray[np.float64]:
    """What each vote of one task counts for beside the others, float[n] in (0, 1]."""
    accepted = np.array([_acceptance(vote) for vote in votes])
    lazy = np.array([laziness(reliabilities.get(vote.annotator)) for vote in votes])
    shared = np.array([[a.proposal is not None and a.proposal == b.proposal for b in votes] for a in votes])
    root = accepted * np.sqrt(lazy)
    others = (shared.reshape(len(votes), -1) * np.outer(root, root)).sum(axis=1) - root**2
    factor: NDArray[np.float64] = (1 - accepted * lazy) / (1 + np.maximum(others, 0.0))
    return factor


def laziness(person: Reliability | None) -> float:
    """How often this person keeps a wrong proposal that was planted to see whether they look, 0-1."""
    planted = person.state.get("planted", {}) if person else {}
    shown, kept = float(planted.get("shown", 0)), float(planted.get("kept", 0))
    return (kept + _LAZY * _LAZY_WORTH) / (shown + _LAZY_WORTH)


def _acceptance(vote: Vote) -> float:
    if vote.proposal is None:
        return 0.0
    return float(np.exp(-max(vote.edit or 0.0, 0.0) / _EDIT_SCALE))
