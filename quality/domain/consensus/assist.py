"""Answers that lean on the same proposal are not independent.

    factor_i = (1 - a_i l_i) / (1 + sum_{k != i, same proposal} a_i a_k sqrt(l_i l_k))

a_i = exp(-edit_i / .05): how far the answer is the proposal itself; `edit` is 0 for an accepted proposal and 1 for an
answer that has nothing of it (class: 0 or 1; box and mask: 1 - overlap). l_i: how often this person accepts a proposal
unlooked at, from planted wrong ones (`RubricResult.details["kept_planted"]`), as often as the crowd does while nothing
is known of them, and the crowd .3 of the time while nothing is known of it (`laziness_of`). The numerator
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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.domain.consensus.base import LAZY, UNKNOWN, Vote
from quality.domain.reliability import Reliability

_EDIT_SCALE = 0.05
_LAZY_WORTH = 2.0  # planted proposals that the crowd's laziness is worth beside a person's own
_CROWD_WORTH, _EVEN = 10.0, 30.0  # answers beside unaided ones: what .3 is worth to them, and how many count for half
_GRID = (np.arange(200) + 0.5) / 200


@dataclass(frozen=True)
class Beside:
    """What `n` answers to proposals show beside unaided ones to the same tasks. `laziness`: how often people accept
    unlooked at, 0-1; `voice`: what a proposal itself is worth, 0-1 votes."""

    n: int = 0
    laziness: float = LAZY
    voice: float = 0.0


NOBODY = Beside()


def beside(accepted: Sequence[float], alike: Sequence[float]) -> Beside:
    """One entry for each answer to a proposal on a task that others answered without one: whether it was accepted (0 or
    1), and the share of the others that said the same."""
    right = np.clip((_unaided(alike) + UNKNOWN.mean - 1) / (2 * UNKNOWN.mean - 1), 0.5, UNKNOWN.mean)
    return Beside(len(accepted), laziness_of(accepted, alike), float(_logit(right) / _logit(UNKNOWN.mean)))


def laziness_of(accepted: Sequence[float], alike: Sequence[float]) -> float:
    """How often a crowd accepts proposals unlooked at, 0-1, from what `beside` takes."""
    n, kept, unaided = len(accepted), float(sum(accepted)), _unaided(alike)
    agreed = unaided + (1 - unaided) * _GRID
    log_posterior = kept * np.log(agreed) + (n - kept) * np.log1p(-agreed)
    log_posterior += (_CROWD_WORTH * LAZY - 1) * np.log(_GRID) + (_CROWD_WORTH * (1 - LAZY) - 1) * np.log1p(-_GRID)
    posterior = np.exp(log_posterior - log_posterior.max())
    return float(posterior @ _GRID / posterior.sum())


def _unaided(alike: Sequence[float]) -> float:
    return (float(sum(alike)) + 1) / (len(alike) + 2)


def independence(
    votes: Sequence[Vote],
    reliabilities: Mapping[Hashable, Reliability],
    *,
    lazy: float = LAZY,
    shown: Beside = NOBODY,
) -> NDArray[np.float64]:
    """What each vote of one task counts for beside the others, float[n] in (0, 1]; of a crowd that accepts proposals
    unlooked at as often as `lazy`, and where `shown` is known, by the second form."""
    accepted = np.array([_acceptance(vote) for vote in votes])
    own = np.array([laziness(reliabilities.get(vote.annotator), lazy) for vote in votes])
    shared = np.array([[a.proposal is not None and a.proposal == b.proposal for b in votes] for a in votes])
    shared = shared.reshape(len(votes), -1)
    root = accepted * np.sqrt(own)
    others = (shared * np.outer(root, root)).sum(axis=1) - root**2
    factor: NDArray[np.float64] = (1 - accepted * own) / (1 + np.maximum(others, 0.0))
    if shown.n == 0:
        return factor
    own = np.array([laziness(reliabilities.get(vote.annotator), shown.laziness) for vote in votes])
    right, wrong = own + (1 - own) * UNKNOWN.mean, own + (1 - own) * (1 - UNKNOWN.mean)
    voice = shown.voice / np.maximum((shared * accepted).sum(axis=1), 1.0)
    judged = 1 - accepted * (1 - np.minimum(np.log(right / wrong) / _logit(UNKNOWN.mean) + voice, 1.0))
    known = shown.n / (shown.n + _EVEN)
    return (1 - known) * factor + known * judged


def laziness(person: Reliability | None, crowd: float = LAZY) -> float:
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
