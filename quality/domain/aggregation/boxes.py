"""Boxes of many people on many pictures -> one set of boxes a picture.

1. Each person's habit of drawing off-centre, too large or too small is learnt (`box_hands`): from gold, and from how
   people differ where nothing is known. It is undone before anything else, for boxes that are all drawn their own way
   hardly overlap; with it undone more of them do, so steps 1 and 2 are gone through three times.
2. Link boxes of different people at IoU >= .4, one box a person in each cluster.
3. Keep clusters that at least max(2, n/3) of the n people saw who worked on the picture (one of one). A vote counts
   for more or less than one where gold shows whose boxes are objects and whose are not (`box_witnesses`).
4. Coordinates: robust mean of (centre, log size), weighted by each person's inverse variance on gold.
5. Label: the most votes in the cluster, weighted by each person's share of right labels on gold.

A crowd model that decides by itself what exists does worse than counting (independent EM much worse), and so does a
cut where gold promises the best F1: step 3 keeps the count and lets gold say no more than whose votes weigh.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.box_hands import Drawings, Hands, centre_size, deviation, learn, undo
from quality.domain.aggregation.box_witnesses import Witnessed, votes_worth
from quality.domain.answers import Boxes
from quality.domain.clusters import cluster_boxes, robust_mean
from quality.domain.metrics import match_boxes

_ROUNDS = 3
_GOLD_IOU = 0.3  # a box this close to a true one was meant for it, however badly it fits
_OBJECT_IOU = 0.5  # a cluster this close to a true box is that object
_ORDINARY = 2.0  # standard deviations
_ACCURACY, _ACCURACY_WORTH = 0.8, 4.0  # of labels, before gold; objects


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
class _Picture:
    """All boxes of one picture: edges `float[n, 4]`, whose `int[n]`, n labels; who `looked`, int[people]."""

    boxes: Boxes
    people: NDArray[np.intp]
    labels: list[str]
    looked: NDArray[np.intp]
    truth: Drawn | None


def fuse_boxes(votes: BoxVotes, *, gold: Mapping[str, Drawn] | None = None) -> dict[str, list[FoundBox]]:
    """The boxes of every task in `votes`; those of gold tasks are what is known."""
    known = dict(gold or {})
    workers = sorted({worker for answers in votes.values() for worker in answers})
    place = {worker: i for i, worker in enumerate(workers)}
    pictures = {task: _picture(votes[task], place, known.get(task)) for task in sorted(votes)}
    hands = Hands.of_nobody(len(workers))
    for _ in range(_ROUNDS):
        drawn = _drawings(pictures.values(), hands)
        if not len(drawn.people):
            break
        hands = learn(drawn, hands)
    accuracy = _label_accuracy(pictures.values(), hands)
    worth = votes_worth(_witnessed(pictures.values(), hands), len(workers))
    return {task: _fuse(picture, hands, accuracy, worth) for task, picture in pictures.items()}


def _picture(answers: Mapping[str, Drawn], place: Mapping[str, int], truth: Drawn | None) -> _Picture:
    workers = sorted(answers)
    boxes = np.concatenate([answers[worker].edges.reshape(-1, 4) for worker in workers])
    people = np.array([place[worker] for worker in workers for _ in answers[worker].labels], dtype=np.intp)
    labels = [label for worker in workers for label in answers[worker].labels]
    looked = np.array([place[worker] for worker in workers], dtype=np.intp)
    return _Picture(boxes, people, labels, looked, truth)


def _drawings(pictures: Iterable[_Picture], hands: Hands) -> Drawings:
    """Who drew what, their habits as far as known undone to see which boxes belong together."""
    deviations = [np.zeros((0, 4))]
    people: list[int] = []
    objects: list[int] = []
    known: list[bool] = []
    for picture in pictures:
        first = len(known)
        if picture.truth is not None:
            for i, true in _meant(picture, hands):
                deviations.append(deviation(picture.boxes[i : i + 1], picture.truth.edges[true : true + 1]))
                people.append(int(picture.people[i]))
                objects.append(first + true)
            known += [True] * len(picture.truth.labels)
            continue
        undone = undo(picture.boxes, hands.bias[picture.people])
        for members in cluster_boxes(undone, picture.people.tolist()):
            if len(members) >= max(2, quorum_of(len(picture.looked))):
                reference = np.median(undone[members], axis=0)
                deviations.append(deviation(picture.boxes[members], reference[None]))
                people += picture.people[members].tolist()
                objects += [len(known)] * len(members)
                known.append(False)
    return Drawings(np.concatenate(deviations), np.array(people, int), np.array(objects, int), np.array(known, bool))


def _meant(picture: _Picture, hands: Hands) -> list[tuple[int, int]]:
    """Which box was meant for which true one."""
    assert picture.truth is not None
    undone = undo(picture.boxes, hands.bias[picture.people])
    pairs = []
    for person in np.unique(picture.people):
        own = np.flatnonzero(picture.people == person)
        matches = match_boxes(undone[own], picture.truth.edges, threshold=_GOLD_IOU)
        pairs += [(int(own[match.first]), match.second) for match in matches]
    return pairs


def _witnessed(pictures: Iterable[_Picture], hands: Hands) -> Witnessed:
    """Who drew what on gold pictures, and which of it is an object."""
    margin: list[float] = []
    is_object: list[bool] = []
    people: list[int] = []
    clusters: list[int] = []
    for picture in pictures:
        if picture.truth is None or not len(picture.boxes):
            continue
        undone = undo(picture.boxes, hands.bias[picture.people])
        found = cluster_boxes(undone, picture.people.tolist())
        edges = np.array([_average(undone[members], hands.variance[picture.people[members]]) for members in found])
        objects = {match.first for match in match_boxes(edges, picture.truth.edges, threshold=_OBJECT_IOU)}
        for i, members in enumerate(found):
            people += picture.people[members].tolist()
            clusters += [len(margin)] * len(members)
            margin.append(len(members) - quorum_of(len(picture.looked)) + 0.5)
            is_object.append(i in objects)
    return Witnessed(np.array(margin), np.array(is_object, bool), np.array(people, int), np.array(clusters, int))


def _label_accuracy(pictures: Iterable[_Picture], hands: Hands) -> NDArray[np.float64]:
    """Each person's share of right labels on gold, float[people], shrunk."""
    n = np.full(len(hands.bias), _ACCURACY_WORTH)
    right = _ACCURACY * n
    for picture in pictures:
        if picture.truth is not None:
            for i, true in _meant(picture, hands):
                n[picture.people[i]] += 1
                right[picture.people[i]] += picture.labels[i] == picture.truth.labels[true]
    return right / n


def _fuse(picture: _Picture, hands: Hands, accuracy: NDArray[np.float64], worth: NDArray[np.float64]) -> list[FoundBox]:
    if picture.truth is not None:
        pairs = zip(picture.truth.edges, picture.truth.labels, strict=True)
        return [FoundBox(edges, label, 1.0) for edges, label in pairs]
    undone = undo(picture.boxes, hands.bias[picture.people])
    n_people, vote = len(picture.looked), worth / worth[picture.looked].mean()
    found = []
    for members in cluster_boxes(undone, picture.people.tolist()):
        people = picture.people[members]
        support = float(vote[people].sum())
        if support < quorum_of(n_people) - 0.5:
            continue
        found.append(
            FoundBox(
                edges=_average(undone[members], hands.variance[people]),
                label=_elect([picture.labels[i] for i in members], accuracy[people].tolist()),
                probability=existence(support, n_people),
            )
        )
    return sorted(found, key=lambda box: tuple(box.edges))


def quorum_of(n_people: int) -> int:
    """How many of n people must have seen an object: a third, but two at least where there are two."""
    return min(n_people, max(2, -(-n_people // 3)))


def existence(support: float, n_people: int) -> float:
    """P(object), `support` in votes, = sigmoid(1.5 (support - quorum + .5)): .68 at the quorum, .32 just below."""
    return float(1 / (1 + np.exp(-1.5 * (support - quorum_of(n_people) + 0.5))))


def _average(boxes: Boxes, variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust mean `float[4]` of the centres and log sizes of `boxes` float[n, 4]; their `variance` float[n, 2]."""
    centre, size = centre_size(boxes)
    points, weight = np.hstack([centre, np.log(size)]), np.repeat(1 / variance, 2, axis=1)
    typical = np.exp(np.median(points[:, 2:], axis=0))
    scale = _ORDINARY * np.sqrt(1 / weight.mean(axis=0)) * np.concatenate([typical, [1.0, 1.0]])
    fused = robust_mean(points, weight, scale)
    half = np.exp(fused[2:]) / 2
    return np.concatenate([fused[:2] - half, fused[:2] + half])


def _elect(labels: Sequence[str], accuracy: Sequence[float]) -> str:
    total: dict[str, float] = defaultdict(float)
    for label, weight in zip(labels, accuracy, strict=True):
        total[label] += weight
    return min(total, key=lambda label: (-round(total[label], 9), label))
