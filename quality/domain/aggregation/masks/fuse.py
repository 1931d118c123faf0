"""Masks of many people on many tasks -> one mask a task.

1. Cut out, signed distances, which votes outline the right object (`quality.domain.outlines`): told by what agrees, by
   who is right how often, and by where gold objects lie and how large they are (`place`).
2. From gold: each annotator's offset, shift, raggedness and rate of hitting the right object (`hands`), once more with
   the open tasks against the fusion of the OTHER annotators, at lower weight.
3. Undo what an annotator deviates from the population, weigh by hit posterior, stray outline and variance, pool.
4. What the whole population shares is one offset, taken from the gold tasks' fusions; it is applied only when its gain
   in Dice exceeds its standard error. Always taking the mean residual loses to a plain majority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import expit, logit

from quality.domain.aggregation.masks.hands import Hand, Hands, Seen, learn
from quality.domain.aggregation.masks.place import Place, shared_by_alike, whereabouts
from quality.domain.aggregation.masks.traits import measure
from quality.domain.masks import Mask
from quality.domain.metrics import dice
from quality.domain.outlines import (
    Cut,
    cut_out,
    outline_variance,
    pixel_probability,
    pool,
    right_object_posterior,
    signed_distance,
)

MaskVotes = Mapping[str, tuple[Sequence[str], NDArray[np.bool_]]]  # task -> n workers, bool[n, H, W]

_OFFSETS = np.arange(-6, 6.01, 0.5)  # px
_GATE = 1.0  # standard errors
_OPEN_WEIGHT = 0.5
_VARIANCE_POWER, _SHARED_VARIANCE, _SMALLEST_VARIANCE = 1.3, 0.3, 0.5
_SOFTNESS_IDENTIFIED, _SOFTNESS_ANONYMOUS = 0.5, 0.3  # px


@dataclass(frozen=True)
class FusedMask:
    """`mask` bool[H, W], `probability` float32[H, W]."""

    mask: Mask
    probability: NDArray[np.float32]


@dataclass(frozen=True)
class _Task:
    workers: list[str]
    shape: tuple[int, int]
    cut: Cut | None
    truth: Mask | None  # in the cut's window
    out_of_place: NDArray[np.float64]  # [n], log odds of 0 or less


@dataclass(frozen=True)
class _Pooled:
    """`field` float32[h, w] in -1..1; `weights` float[n]; `votes` float32[n, h, w], each one's share of the field."""

    field: NDArray[np.float32]
    weights: NDArray[np.float64]
    undone: NDArray[np.float32]
    right: NDArray[np.float64]


def fuse_masks(votes: MaskVotes, *, gold: Mapping[str, Mask] | None = None) -> dict[str, FusedMask]:
    """The mask of every task in `votes`; those of gold tasks are what is known."""
    return fuse_masks_with_hands(votes, gold=gold)[0]


def fuse_masks_with_hands(
    votes: MaskVotes, *, gold: Mapping[str, Mask] | None = None
) -> tuple[dict[str, FusedMask], Hands]:
    """As `fuse_masks`, and what was learnt of the annotators."""
    known = dict(gold or {})
    place = Place.of([known[name] for name in sorted(known)])
    tasks = {name: _prepare(*votes[name], known.get(name), place) for name in sorted(votes)}
    from_gold = _seen_on_gold(tasks)
    hands = learn(from_gold)
    identified = _people_recur(tasks)
    softness = _SOFTNESS_IDENTIFIED if identified else _SOFTNESS_ANONYMOUS
    if from_gold and identified:
        hands = learn([*from_gold, *_seen_on_open(tasks, hands, softness)])
    else:
        # What a gold task tells of somebody seen nowhere else says nothing about the open ones.
        hands = hands.anonymous()
    hands = hands.relative()
    offset = _shared_offset(tasks, hands, softness)
    result = {}
    for name, task in tasks.items():
        if name in known:
            result[name] = FusedMask(known[name].copy(), known[name].astype(np.float32))
        else:
            result[name] = _finish(task, hands, softness, offset)
    return result, hands


def _prepare(workers: Sequence[str], votes: NDArray[np.bool_], truth: Mask | None, place: Place) -> _Task:
    if votes.ndim != 3 or len(workers) != len(votes) or len(votes) == 0:
        raise ValueError(f"Expected one mask a worker, got {len(workers)} workers and votes of shape {votes.shape}.")
    order = sorted(range(len(workers)), key=lambda i: (workers[i], votes[i].tobytes()))
    votes = votes[order]
    cut = cut_out(votes, also=truth)
    in_window = truth[cut.window] if truth is not None and cut is not None else None
    out_of_place = place.log_odds(np.array([whereabouts(vote) for vote in votes]))
    if cut is not None:
        out_of_place = shared_by_alike(out_of_place, cut.agreement)
    return _Task([workers[i] for i in order], (votes.shape[1], votes.shape[2]), cut, in_window, out_of_place)


def _people_recur(tasks: Mapping[str, _Task]) -> bool:
    """Whether worker names carry over from task to task; where each is seen once they tell nothing."""
    names = [worker for task in tasks.values() for worker in task.workers]
    return len(set(names)) < 0.8 * len(names)


def _is_right(overlap: float) -> float:
    """P(right object) from the Dice with it: a steep step at .4."""
    return float(1 / (1 + np.exp(-25 * (overlap - 0.4))))


def _seen_on_gold(tasks: Mapping[str, _Task]) -> list[Seen]:
    seen = []
    for task in tasks.values():
        if task.cut is None or task.truth is None:
            continue
        true_distance = signed_distance(task.truth)
        for worker, vote, distance in zip(task.workers, task.cut.votes, task.cut.distances, strict=True):
            overlap = dice(vote, task.truth)
            trait = measure(distance, true_distance) if overlap > 0.2 else None
            seen.append(Seen(worker, 1.0, _is_right(overlap), trait, True))
    return seen


def _seen_on_open(tasks: Mapping[str, _Task], hands: Hands, softness: float) -> list[Seen]:
    """Each open outline against the fusion of the others."""
    seen = []
    for task in tasks.values():
        if task.cut is None or task.truth is not None:
            continue
        pooled = _pool(task, task.cut, hands, softness)
        for j, worker in enumerate(task.workers):
            others = pooled.weights.copy()
            others[j] = 0
            if others.sum() <= 1e-6:
                continue
            reference = pool(pooled.undone, others, softness=softness) > 0
            if not reference.any():
                continue
            overlap = dice(task.cut.votes[j], reference)
            trait = measure(task.cut.distances[j], signed_distance(reference)) if overlap > 0.2 else None
            n_others = max(1.0, float(pooled.right.sum() - pooled.right[j]))
            best = np.sort(np.delete(pooled.right, j))[::-1][:2]
            trust = best.sum() / 2 if len(task.workers) > 2 else 0.3
            weight = _OPEN_WEIGHT * float(trust) * n_others / (n_others + 1.5)
            right = 0.5 * _is_right(overlap) + 0.5 * float(pooled.right[j])
            seen.append(Seen(worker, weight, right, trait, False))
    return seen


def _pool(task: _Task, cut: Cut, hands: Hands, softness: float) -> _Pooled:
    own = [hands.of(worker) for worker in task.workers]
    rate = expit(logit([hand.hit_rate for hand in own]) + task.out_of_place)
    right = right_object_posterior(cut.agreement, rate, cut.empty)
    weights = right * np.array([_weight(hand, hands.newcomer) for hand in own])
    weights[cut.empty | (right < 0.02)] = 0
    pairs = zip(cut.distances, own, weights, strict=True)
    undone = np.stack([_undo(distance, hand.bias) if weight > 0 else distance for distance, hand, weight in pairs])
    return _Pooled(pool(undone, weights, softness=softness), weights, undone, right)


def _weight(hand: Hand, newcomer: Hand) -> float:
    stray = float(np.clip(0.05 + hand.far / 2, 0.01, 0.4))
    # Part of the variance is in the task, shared by all, and says nothing about this annotator.
    variance = max(hand.variance - _SHARED_VARIANCE * newcomer.variance, _SMALLEST_VARIANCE)
    return float(np.log((1 - stray) / stray) * (newcomer.variance / variance) ** _VARIANCE_POWER)


def _undo(distance: NDArray[np.float32], bias: NDArray[np.float64]) -> NDArray[np.float32]:
    offset, rows, columns = bias
    if abs(rows) + abs(columns) > 0.2:  # below a fifth of a pixel interpolation costs more than it gives
        distance = ndimage.shift(distance, (rows, columns), order=1, mode="nearest")
    return np.asarray(distance - np.float32(offset), dtype=np.float32)


def _shared_offset(tasks: Mapping[str, _Task], hands: Hands, softness: float) -> float:
    """The offset (px) that most improves the gold tasks' fusions, or 0 where that may be chance."""
    rows = []
    for task in tasks.values():
        if task.cut is None or task.truth is None:
            continue
        distance = signed_distance(_pool(task, task.cut, hands, softness).field > 0)
        if (distance > 0).any():
            rows.append([dice(distance > offset, task.truth) for offset in _OFFSETS])
    if len(rows) < 2:
        return 0.0
    table = np.array(rows)
    gain = table - table[:, [int(np.flatnonzero(_OFFSETS == 0)[0])]]
    n = len(gain)
    error = np.sqrt((gain.var(axis=0) * n + 2e-4) / (n + 1)) / np.sqrt(n)
    sure_gain = gain.mean(axis=0) - _GATE * error
    best = int(sure_gain.argmax())
    return float(_OFFSETS[best]) if sure_gain[best] > 0 else 0.0


def _finish(task: _Task, hands: Hands, softness: float, offset: float) -> FusedMask:
    mask, probability = np.zeros(task.shape, dtype=bool), np.zeros(task.shape, dtype=np.float32)
    if task.cut is None:
        return FusedMask(mask, probability)
    pooled = _pool(task, task.cut, hands, softness)
    distance = signed_distance(pooled.field > 0)
    variance = outline_variance(distance, pooled.undone, pooled.weights)
    if offset:
        distance = distance - np.float32(offset)
    mask[task.cut.window] = distance > 0
    square = (pooled.weights**2).sum()
    n_effective = float(pooled.weights.sum() ** 2 / square) if square > 0 else 0.0
    probability[task.cut.window] = pixel_probability(distance, n_effective, variance=variance)
    return FusedMask(mask, probability)
