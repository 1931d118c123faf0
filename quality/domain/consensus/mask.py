"""Mask votes: find those that outline the right object, pool their outlines, weighted by what gold told of each person.

1. When more than half of all weight says "nothing here", it is nothing.
2. In the window around the votes: signed distances, posterior of outlining the right object (`outlines`).
3. Weight = that posterior x odds of a good outline, q / (1-q) relative to q = .7, where q is the person's mean surface
   Dice on gold, shrunk by three answers.
4. Pool, cut at 0; the fused outline's signed distance and how far votes lie from it give a pixel probability map and
   the Dice to be expected, if it is the right object at all.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import is_nothing, mask_answer, mask_of
from quality.domain.consensus.assist import independence
from quality.domain.consensus.base import LAZY, UNKNOWN, Fused, Vote, evidence_of, spoken, spread_weights
from quality.domain.outlines import (
    Cut,
    cut_out,
    expected_dice,
    outline_variance,
    pixel_probability,
    pool,
    right_object_posterior,
    right_probability,
    signed_distance,
)
from quality.domain.reliability import Reliability

METHOD = "right-object-pool"
_TYPICAL_OUTLINE = 0.7
_TYPICAL_HIT_RATE = 0.85
_PRIOR_ANSWERS = 3.0


def fuse(
    votes: Sequence[Vote],
    reliabilities: Mapping[Hashable, Reliability],
    *,
    labels: Sequence[str],
    prior: Mapping[str, float] | None = None,
    size: tuple[int, int],
    lazy: float = LAZY,
) -> Fused:
    """See `Fuser`. A mask task asks for one label, so neither `labels` nor `prior` plays a part."""
    indices = spoken(votes)
    people = [reliabilities.get(votes[i].annotator, UNKNOWN) for i in indices]
    empty = np.array([is_nothing(votes[i].answer) for i in indices])
    factors = independence([votes[i] for i in indices], reliabilities, lazy=lazy)
    own = np.array([votes[i].prompted for i in indices])
    trust = np.where(own, 1.0, factors) * np.array([max(person.mean, 0.05) for person in people])
    nothing = float(trust[empty].sum() / trust.sum())
    stack = np.stack([mask_of(votes[i].answer, size=size) for i in indices])
    cut = cut_out(stack, near=True)
    if nothing > 0.5 or cut is None:
        return Fused(
            answer={"kind": "nothing"},
            probabilities={"nothing": round(nothing, 4)},
            uncertainty=round(min(1.0, 2 * (1 - nothing)), 6),
            weights=spread_weights(len(votes), indices, (trust * empty).tolist()),
            method=METHOD,
            probability_map=np.zeros(size, dtype=np.float32),
            disagreement_map=_disagreement(stack, trust),
        )
    rates = np.array([_hit_rate(person) for person in people])
    hit = right_object_posterior(cut.agreement, rates, cut.empty, worth=factors)
    weights = hit * factors * np.array([_outline_weight(person) for person in people]) * ~cut.empty
    right = right_probability(hit, rates, cut.empty, worth=factors)
    return _pooled(cut, weights, right, nothing, n_votes=len(votes), indices=indices, size=size)


def _pooled(
    cut: Cut,
    weights: NDArray[np.float64],
    right: float,
    nothing: float,
    *,
    n_votes: int,
    indices: list[int],
    size: tuple[int, int],
) -> Fused:
    fused = pool(cut.distances, weights) > 0
    n_effective = float(weights.sum() ** 2 / (weights**2).sum())
    probability = np.zeros(size, dtype=np.float32)
    distance = signed_distance(fused)
    variance = outline_variance(distance, cut.distances, weights)
    probability[cut.window] = pixel_probability(distance, n_effective, variance=variance)
    disagreement = np.zeros(size, dtype=np.float32)
    disagreement[cut.window] = _disagreement(cut.votes, weights + (cut.empty * weights.mean()))
    mask = np.zeros(size, dtype=bool)
    mask[cut.window] = fused
    expected = expected_dice(mask, probability)
    return Fused(
        answer=mask_answer(mask),
        probabilities={
            "expected_dice": round(expected, 4),
            "right": round(right, 4),
            "nothing": round(nothing, 4),
        },
        uncertainty=round(1 - expected * right, 6),
        weights=spread_weights(n_votes, indices, weights.tolist()),
        method=METHOD,
        probability_map=probability,
        disagreement_map=disagreement,
    )


def _disagreement(votes: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """4 p (1 - p) for the weighted share p of `bool[n, h, w]` that covers a pixel."""
    share = np.tensordot((weights / weights.sum()).astype(np.float32), votes.astype(np.float32), axes=1)
    return np.asarray(4 * share * (1 - share), dtype=np.float32)


def _hit_rate(person: Reliability) -> float:
    n, hits = evidence_of(person), person.state.get("right_object", 0)
    return float(np.clip((hits + _TYPICAL_HIT_RATE * _PRIOR_ANSWERS) / (n + _PRIOR_ANSWERS), 0.02, 0.985))


def _outline_weight(person: Reliability) -> float:
    total = person.state.get("surface_dice_sum", 0.0) + _TYPICAL_OUTLINE * _PRIOR_ANSWERS
    quality = float(np.clip(total / (evidence_of(person) + _PRIOR_ANSWERS), 0.05, 0.97))
    typical_odds = _TYPICAL_OUTLINE / (1 - _TYPICAL_OUTLINE)
    return float(np.clip(quality / (1 - quality) / typical_odds, 0.1, 4.0))
