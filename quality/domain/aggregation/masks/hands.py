"""How each annotator draws, by empirical Bayes over the outlines measured so far.

Population moments first (mean, between and within annotators), then each annotator shrunk to them. Most people have no
bias of their own: a spike-and-slab prior lets small samples stay with the population unless they clearly differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.masks.traits import Trait

Vector = NDArray[np.float64]  # [3]: offset, shift rows, shift columns

_HIT_RATE, _HIT_RATE_WORTH = 0.85, 4.0
_BETWEEN, _WITHIN, _MOMENTS_WORTH = np.array([4.0, 2.0, 2.0]), np.array([3.0, 3.0, 3.0]), 6.0  # px^2
_MOST_UNSEEN_HIT_RATE = 0.95
_VARIANCE, _FAR = 4.0, 0.04  # px^2, share
_VARIANCE_WORTH, _OWN_HIT_RATE_WORTH = 1.5, 2.0
_AT_OUTLINE = np.array([1.0, 0.5, 0.5])  # of the variances of offset and shifts, where an outline may run anyhow
_SLAB, _SPIKE, _P_SLAB = 3.0, 0.15, 0.35


@dataclass(frozen=True)
class Seen:
    """One outline compared with a reference: with what weight, P(right object), and its trait if it could be measured.

    `is_gold`: the reference was the truth, not the other annotators' fusion."""

    worker: str
    weight: float
    right: float
    trait: Trait | None
    is_gold: bool


@dataclass(frozen=True)
class Hand:
    """`bias` float[3] px; `variance` px^2 left when it is undone, as far as it is known; `far`: share of stray outline;
    `hit_rate`: P(right object); `n`: weight of the outlines behind it."""

    bias: Vector
    variance: float
    far: float
    hit_rate: float
    n: float = 0.0


@dataclass(frozen=True)
class Hands:
    newcomer: Hand
    known: dict[str, Hand]

    def of(self, worker: str) -> Hand:
        return self.known.get(worker, self.newcomer)

    def anonymous(self) -> Hands:
        """Everybody a newcomer, and no newcomer beyond doubt."""
        return Hands(replace(self.newcomer, hit_rate=min(self.newcomer.hit_rate, _MOST_UNSEEN_HIT_RATE)), {})

    def relative(self) -> Hands:
        """Offsets relative to the population's. What everybody shares cannot be told from the task itself."""
        shared = np.array([self.newcomer.bias[0], 0.0, 0.0])
        known = {worker: replace(hand, bias=hand.bias - shared) for worker, hand in self.known.items()}
        return Hands(replace(self.newcomer, bias=self.newcomer.bias - shared), known)


@dataclass(frozen=True)
class _Population:
    mean: Vector
    between: Vector
    within: Vector


def learn(seen: Sequence[Seen]) -> Hands:
    by_worker: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        by_worker[one.worker].append(one)
    weight = sum(one.weight for one in seen)
    hits = sum(one.weight * one.right for one in seen)
    hit_rate = (hits + _HIT_RATE * _HIT_RATE_WORTH) / (weight + _HIT_RATE_WORTH)
    population = _population(seen, by_worker)
    residual, far = _typical(seen)
    variance = residual + 0.6 * float(population.within.sum())
    newcomer = Hand(population.mean, variance, far, float(np.clip(hit_rate, 0.02, 0.985)))
    known = {worker: _hand(own, population, newcomer) for worker, own in sorted(by_worker.items())}
    return Hands(newcomer, known)


def _usable(seen: Sequence[Seen]) -> list[tuple[Seen, Trait]]:
    return [(one, one.trait) for one in seen if one.right > 0.5 and one.trait is not None]


def _typical(seen: Sequence[Seen]) -> tuple[float, float]:
    usable = _usable(seen)
    if not usable:
        return _VARIANCE, _FAR
    weights = [one.weight * one.right for one, _ in usable]
    variance = np.average([max(0.3, trait.variance) for _, trait in usable], weights=weights)
    return float(variance), float(np.average([trait.far for _, trait in usable], weights=weights))


def _population(seen: Sequence[Seen], by_worker: dict[str, list[Seen]]) -> _Population:
    usable = _usable(seen)
    if not usable:
        return _Population(np.zeros(3), _BETWEEN, _WITHIN)
    mean = np.zeros(3)
    gold = [(one.weight, trait.theta[0]) for one, trait in usable if one.is_gold]
    if gold:  # an offset everybody shares shows against the truth alone
        mean[0] = sum(w * offset for w, offset in gold) / (sum(w for w, _ in gold) + 2)
    squares, worth = np.zeros(3), 0.0
    for own in by_worker.values():
        mine = _usable(own)
        if len(mine) > 1:
            thetas = np.array([trait.theta for _, trait in mine])
            weights = np.array([one.weight for one, _ in mine])
            deviation = np.minimum((thetas - np.average(thetas, axis=0, weights=weights)) ** 2, 36)
            squares += (weights[:, None] * deviation).sum(axis=0) * len(mine) / (len(mine) - 1)
            worth += weights.sum()
    within = (squares + _MOMENTS_WORTH * _WITHIN) / (worth + _MOMENTS_WORTH)
    weights = np.array([one.weight * one.right for one, _ in usable])
    deviation = np.minimum((np.array([trait.theta for _, trait in usable]) - mean) ** 2, 60)
    total = (weights[:, None] * deviation).sum(axis=0) + _MOMENTS_WORTH * (within + _BETWEEN)
    between = np.maximum(total / (weights.sum() + _MOMENTS_WORTH) - within, 0.3)
    for spread in (between, within):
        spread[1:] = spread[1:].mean()  # nothing tells rows from columns
    return _Population(mean, between, within)


def _hand(own: Sequence[Seen], population: _Population, newcomer: Hand) -> Hand:
    weight = sum(one.weight for one in own)
    hits = sum(one.weight * one.right for one in own)
    hit_rate = (hits + newcomer.hit_rate * _OWN_HIT_RATE_WORTH) / (weight + _OWN_HIT_RATE_WORTH)
    hit_rate = float(np.clip(hit_rate, 0.02, 0.985))
    measured = [(one.weight * one.right, one.trait) for one in own if one.trait is not None]
    n = sum(w for w, _ in measured)
    if n < 1e-3:
        return replace(newcomer, hit_rate=hit_rate)
    mean = sum((w * trait.theta for w, trait in measured), np.zeros(3)) / n
    believed = _shrinkage(mean, n, population)
    bias = population.mean + believed * (mean - population.mean)
    unsure = float(_AT_OUTLINE @ (believed * population.within / n))
    variance = sum(w * max(0.2, trait.mean_square(bias)) for w, trait in measured)
    far = sum(w * trait.far for w, trait in measured)
    return Hand(
        bias=bias,
        variance=(variance + _VARIANCE_WORTH * newcomer.variance) / (n + _VARIANCE_WORTH) + unsure,
        far=(far + newcomer.far) / (n + 1),
        hit_rate=hit_rate,
        n=n,
    )


def _shrinkage(mean: Vector, n: float, population: _Population) -> Vector:
    """Share of an annotator's own mean that is believed: between what spike and slab would each say."""
    noise = population.within / n
    squared = (mean - population.mean) ** 2
    slab, spike = _SLAB * population.between, _SPIKE * population.between
    log_ratio = -0.5 * np.log((noise + slab) / (noise + spike))
    log_ratio += 0.5 * (squared / (noise + spike) - squared / (noise + slab))
    log_odds = np.array([log_ratio[0], log_ratio[1:].sum(), log_ratio[1:].sum()]) + np.log(_P_SLAB / (1 - _P_SLAB))
    p_slab = 1 / (1 + np.exp(-np.clip(log_odds, -20, 20)))
    believed: Vector = p_slab * slab / (slab + noise) + (1 - p_slab) * spike / (spike + noise)
    return believed
