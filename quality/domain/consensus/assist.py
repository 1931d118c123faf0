"""Answers that lean on the same proposal are not independent.

    factor_i = (1 - a_i l_i) / (1 + sum_{k != i, same proposal} a_i a_k sqrt(l_i l_k))

a_i = exp(-edit_i / .05): how far the answer is the proposal itself; `edit` is 0 for an accepted proposal and 1 for an
answer that has nothing of it (class: 0 or 1; box and mask: 1 - overlap). l_i: how often this person accepts a proposal
unlooked at, from planted wrong ones (`RubricResult.details["kept_planted"]`), .3 while nothing is known. The numerator
is the share of acceptances that are somebody's own judgement, the denominator the design effect of answers that are
alike because their source is (Kish 1965). A factor multiplies a vote's weight; votes without a proposal keep 1.

Where others answered the same tasks without a proposal, they show what accepting one is worth (`beside`). Of those who
were shown it, u being the share of the others who said the same by themselves,

    P(accept) = u + (1 - u) l

(Abbott 1925), which is the crowd's l. Given the truth and the proposal people then err each for themselves, so that an
acceptance counts for its likelihood ratio and the proposal for one voice at most, however many accept it:

    factor_i = log[(l_i + (1 - l_i) p) / (l_i + (1 - l_i) (1 - p))] / log[p / (1 - p)] + voice / sum_k a_k
    voice    = logit P(proposal right) / logit p,      P(proposal right) = (u + p - 1) / (2 p - 1),      p = .75

n such answers bring the factors over from the first form to the second by n / (n + 30).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.consensus.base import NOBODY, UNKNOWN, Beside, Vote
from quality.domain.reliability import Reliability

_EDIT_SCALE = 0.05
_LAZY, _LAZY_WORTH = NOBODY.laziness, 2.0  # before planted proposals tell, and how many of them that is worth
_CROWD_WORTH, _EVEN = 10.0, 30.0  # answers beside unaided ones: what .3 is worth to them, and how many count for half
_GRID = (np.arange(200) + 0.5) / 200


def beside(accepted: Sequence[float], alike: Sequence[float]) -> Beside:
    """One entry for each answer to a proposal on a task that others answered without one: whether it was accepted (0 or
    1), and the share of the others that said the same. Of the others only those who had no part in the proposal, or it
    agrees with them because it is theirs."""
    n, kept = len(accepted), float(sum(accepted))
    unaided = (float(sum(alike)) + 1) / (n + 2)
    agreed = unaided + (1 - unaided) * _GRID
    log_posterior = kept * np.log(agreed) + (n - kept) * np.log1p(-agreed)
    log_posterior += (_CROWD_WORTH * _LAZY - 1) * np.log(_GRID) + (_CROWD_WORTH * (1 - _LAZY) - 1) * np.log1p(-_GRID)
    posterior = np.exp(log_posterior - log_posterior.max())
    right = np.clip((unaided + UNKNOWN.mean - 1) / (2 * UNKNOWN.mean - 1), 0.5, UNKNOWN.mean)
    return Beside(n, float(posterior @ _GRID / posterior.sum()), float(_logit(right) / _logit(UNKNOWN.mean)))


def independence(
    votes: Sequence[Vote], reliabilities: Mapping[Hashable, Reliability], *, shown: Beside = NOBODY
) -> NDArray[np.float64]:
    """What each vote of one task counts for beside the others, float[n] in (0, 1]."""
    accepted = np.array([_acceptance(vote) for vote in votes])
    lazy = np.array([laziness(reliabilities.get(vote.annotator)) for vote in votes])
    shared = np.array([[a.proposal is not None and a.proposal == b.proposal for b in votes] for a in votes])
    shared = shared.reshape(len(votes), -1)
    root = accepted * np.sqrt(lazy)
    others = (shared * np.outer(root, root)).sum(axis=1) - root**2
    factor: NDArray[np.float64] = (1 - accepted * lazy) / (1 + np.maximum(others, 0.0))
    if shown.n == 0:
        return factor
    lazy = np.array([laziness(reliabilities.get(vote.annotator), shown.laziness) for vote in votes])
    right, wrong = lazy + (1 - lazy) * UNKNOWN.mean, lazy + (1 - lazy) * (1 - UNKNOWN.mean)
    voice = shown.voice / np.maximum((shared * accepted).sum(axis=1), 1.0)
    judged = 1 - accepted * (1 - np.minimum(np.log(right / wrong) / _logit(UNKNOWN.mean) + voice, 1.0))
    known = shown.n / (shown.n + _EVEN)
    return (1 - known) * factor + known * judged


def laziness(person: Reliability | None, crowd: float = _LAZY) -> float:
    """How often this person keeps a wrong proposal that was planted to see whether they look, 0-1."""
    planted = person.state.get("planted", {}) if person else {}
    shown, kept = float(planted.get("shown", 0)), float(planted.get("kept", 0))
    return (kept + crowd * _LAZY_WORTH) / (shown + _LAZY_WORTH)


def _acceptance(vote: Vote) -> float:
    if vote.proposal is None:
        return 0.0
    return float(np.exp(-max(vote.edit or 0.0, 0.0) / _EDIT_SCALE))


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
