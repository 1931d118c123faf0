"""Boxes of many people on many pictures -> one set of boxes a picture.

1. Link boxes of different people at IoU >= .4, one box a person in each cluster.
2. Keep clusters that at least max(2, n/3) of the n people saw who worked on the picture (one of one).
3. On gold, each person's centre offset (in box sizes) and log size ratio against the true box are measured, shrunk to
   the population's and undone; but only where that brings the fused boxes of gold pictures, each fused with what the
   OTHER gold pictures told, nearer to the true ones by more than two standard errors. No gold, no correction.
4. Coordinates: robust mean of (centre, log size), weighted by each person's inverse variance on gold.
5. Label: the most votes in the cluster, weighted by each person's share of right labels on gold.

The correction and the variances are empirical Bayes: `_SHRINK` matched boxes pull half of the way from the population.
Models of who overlooks and who invents did worse than counting (independent EM does much worse), so step 2 counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import Boxes
from quality.domain.clusters import cluster_boxes, robust_mean
from quality.domain.metrics import box_iou, match_boxes

_SHRINK = 8.0
_VARIANCE_PRIOR = 6.0
_LARGEST_SQUARE = 0.3  # squared deviations (box sizes, log size) above this are accidents
_SMALLEST_VARIANCE = 1e-3
_FEWEST_TRUE_BOXES, _SMALLEST_GAIN = 3, 0.01  # IoU
_GOLD_IOU = 0.3  # a box this close to a true one was meant for it, however badly it fits


@dataclass(frozen=True)
class Drawn:
    """What one person answered on one picture: edges `float[n, 4]` (px) and n labels; n = 0 is "nothing here"."""

    edges: Boxes
    labels: list[str] = field(default_factory=list)


BoxVotes = Mapping[str, Mapping[str, Drawn]]  # task -> worker -> answer


@dataclass(frozen=True)
class FoundBox:
    edges: NDArray[np.float64]
    label: str
    probability: float


@dataclass(frozen=True)
class Hand:
    """How one person draws: `bias` float[4] = centre x, y in true box sizes, log width, log height; `variance` float[4]
    around it; `accuracy`: share of right labels; `found`, `missed`, `invented`: counts on gold."""

    bias: NDArray[np.float64]
    variance: NDArray[np.float64]
    accuracy: float = 0.8
    found: int = 0
    missed: int = 0
    invented: int = 0


_NO_GOLD = Hand(bias=np.zeros(4), variance=np.full(4, 0.02))


def fuse_boxes(votes: BoxVotes, *, gold: Mapping[str, Drawn] | None = None) -> dict[str, list[FoundBox]]:
    """The boxes of every task in `votes`; those of gold tasks are what is known."""
    known = dict(gold or {})
    hands, newcomer = learn_hands(votes, known)
    if not _correction_helps(votes, known):
        hands, newcomer = {worker: _uncorrected(hand) for worker, hand in hands.items()}, _uncorrected(newcomer)
    result = {}
    for task in sorted(votes):
        if task in known:
            truth = known[task]
            pairs = zip(truth.edges, truth.labels, strict=True)
            result[task] = [FoundBox(edges, label, 1.0) for edges, label in pairs]
        else:
            result[task] = _fuse_task(votes[task], hands, newcomer)
    return result


def learn_hands(votes: BoxVotes, gold: Mapping[str, Drawn]) -> tuple[dict[str, Hand], Hand]:
    """How each worker draws, from gold, and how an unknown one does."""
    deviations: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    tallies: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(4, dtype=np.int64))
    for task in sorted(set(votes) & set(gold)):
        truth = gold[task]
        for worker, drawn in sorted(votes[task].items()):
            matches = match_boxes(drawn.edges, truth.edges, threshold=_GOLD_IOU)
            right = sum(drawn.labels[m.first] == truth.labels[m.second] for m in matches)
            n_found = len(matches)
            tallies[worker] += [n_found, len(truth.labels) - n_found, len(drawn.labels) - n_found, right]
            for match in matches:
                deviations[worker].append(_deviation(drawn.edges[match.first], truth.edges[match.second]))
    everything = np.array([row for rows in deviations.values() for row in rows]).reshape(-1, 4)
    newcomer = _population(everything)
    return {worker: _hand(deviations[worker], tally, newcomer) for worker, tally in tallies.items()}, newcomer


def _uncorrected(hand: Hand) -> Hand:
    return replace(hand, bias=np.zeros(4), variance=_NO_GOLD.variance)


def _correction_helps(votes: BoxVotes, gold: Mapping[str, Drawn]) -> bool:
    """Whether gold pictures come out better, by more than two standard errors, with people's habits undone."""
    pictures = sorted(task for task in gold if task in votes and len(gold[task].labels))
    gains: list[float] = []
    for task in pictures:
        rest = {other: gold[other] for other in pictures if other != task}
        hands, newcomer = learn_hands(votes, rest)
        plain = _fit(_fuse_task(votes[task], {}, _NO_GOLD), gold[task])
        undone = _fit(_fuse_task(votes[task], hands, newcomer), gold[task])
        gains += (undone - plain).tolist()
    if len(gains) < _FEWEST_TRUE_BOXES:
        return False
    error = float(np.std(gains, ddof=1)) / np.sqrt(len(gains))
    return float(np.mean(gains)) > max(2 * error, _SMALLEST_GAIN)


def _fit(found: Sequence[FoundBox], truth: Drawn) -> NDArray[np.float64]:
    """Best IoU of each true box with a fused one, float[n]."""
    if not found:
        return np.zeros(len(truth.labels))
    best: NDArray[np.float64] = box_iou(truth.edges, np.array([box.edges for box in found])).max(axis=1)
    return best


def _deviation(box: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    centre, size = _centre_size(box)
    true_centre, true_size = _centre_size(truth)
    return np.concatenate([(centre - true_centre) / true_size, np.log(size / true_size)])


def _centre_size(box: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (box[:2] + box[2:]) / 2, np.maximum(box[2:] - box[:2], 1.0)


def _population(deviations: NDArray[np.float64]) -> Hand:
    n = len(deviations)
    if n == 0:
        return _NO_GOLD
    bias = np.median(deviations, axis=0) * n / (n + _SHRINK)
    variance = np.minimum((deviations - bias) ** 2, _LARGEST_SQUARE).mean(axis=0)
    return Hand(bias=bias, variance=np.maximum(variance, _SMALLEST_VARIANCE))


def _hand(deviations: Sequence[NDArray[np.float64]], tally: NDArray[np.int64], newcomer: Hand) -> Hand:
    n = len(deviations)
    rows = np.array(deviations).reshape(-1, 4)
    centre = np.median(rows, axis=0) if n else newcomer.bias
    bias = newcomer.bias + n / (n + _SHRINK) * (centre - newcomer.bias)
    squares = np.minimum((rows - bias) ** 2, _LARGEST_SQUARE).sum(axis=0)
    variance = (squares + _VARIANCE_PRIOR * newcomer.variance) / (n + _VARIANCE_PRIOR)
    found, missed, invented, right = (int(count) for count in tally)
    accuracy = (right + 4 * newcomer.accuracy) / (found + 4)
    return Hand(bias, variance, accuracy, found, missed, invented)


def _fuse_task(answers: Mapping[str, Drawn], hands: Mapping[str, Hand], newcomer: Hand) -> list[FoundBox]:
    workers = sorted(answers)
    boxes: Boxes = np.concatenate([answers[worker].edges.reshape(-1, 4) for worker in workers])
    owner = [worker for worker in workers for _ in answers[worker].labels]
    labels = [label for worker in workers for label in answers[worker].labels]
    quorum = quorum_of(len(workers))
    found = []
    for members in cluster_boxes(boxes, owner):
        if len(members) < quorum:
            continue
        drawn_by = [hands.get(owner[i], newcomer) for i in members]
        accuracy = [hand.accuracy for hand in drawn_by]
        found.append(
            FoundBox(
                edges=_average(boxes[members], drawn_by),
                label=_elect([labels[i] for i in members], accuracy),
                probability=existence(len(members), len(workers)),
            )
        )
    return sorted(found, key=lambda box: tuple(box.edges))


def quorum_of(n_people: int) -> int:
    """How many of n people must have seen an object: a third, but two at least where there are two."""
    return min(n_people, max(2, -(-n_people // 3)))


def existence(support: int, n_people: int) -> float:
    """P(object) = sigmoid(1.5 (support - quorum + .5)): .68 at the quorum, .32 just below."""
    return float(1 / (1 + np.exp(-1.5 * (support - quorum_of(n_people) + 0.5))))


def _average(boxes: Boxes, hands: Sequence[Hand]) -> NDArray[np.float64]:
    """Undo each person's bias and take the robust mean of centre and log size."""
    rows, weights = [], []
    for box, hand in zip(boxes, hands, strict=True):
        centre, size = _centre_size(box)
        size = size / np.exp(hand.bias[2:])
        rows.append(np.concatenate([centre - hand.bias[:2] * size, np.log(size)]))
        weights.append(1 / hand.variance)
    points, weight = np.array(rows), np.array(weights)
    typical = np.exp(np.median(points[:, 2:], axis=0))
    scale = np.sqrt(1 / weight.mean(axis=0)) * np.concatenate([typical, [1.0, 1.0]])
    fused = robust_mean(points, weight, scale)
    half = np.exp(fused[2:]) / 2
    return np.concatenate([fused[:2] - half, fused[:2] + half])


def _elect(labels: Sequence[str], accuracy: Sequence[float]) -> str:
    total: dict[str, float] = defaultdict(float)
    for label, weight in zip(labels, accuracy, strict=True):
        total[label] += weight
    return min(total, key=lambda label: (-round(total[label], 9), label))
