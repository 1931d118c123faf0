"""Box votes: cluster across people, keep what enough of them saw, average where it lies.

1. Boxes of different people that overlap at IoU >= .4 are one object, one box a person.
2. An object's support is the sum of its people's weights (reliability relative to the task's annotators, 1 on average);
   it exists when support reaches the quorum max(2, n/3), with P = sigmoid(1.5 (support - quorum + .5)). A third, not
   half: people overlook far more than they invent. Counts are hard to beat here; models of who sees what did worse.
3. Edges: robust mean, weighted by reliability. Label: the weighted majority in the cluster.
When more than half of all weight says "nothing here", it is nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import Boxes, box_answer, boxes_of, is_nothing
from quality.domain.clusters import cluster_boxes, robust_mean
from quality.domain.consensus.assist import independence
from quality.domain.consensus.base import LAZY, UNKNOWN, Fused, Vote, spoken, spread_weights
from quality.domain.metrics import box_iou
from quality.domain.reliability import Reliability

METHOD = "weighted-clusters"
_STEEPNESS = 1.5


@dataclass(frozen=True)
class _Object:
    edges: NDArray[np.float64]  # [4]
    label: str
    support: float
    probability: float
    fit: float  # mean IoU of its boxes with the fused one


def fuse(
    votes: Sequence[Vote],
    reliabilities: Mapping[Hashable, Reliability],
    *,
    labels: Sequence[str],
    prior: Mapping[str, float] | None = None,
    size: tuple[int, int],
    lazy: float = LAZY,
) -> Fused:
    """See `Fuser`. `prior` plays no part: how often objects occur says little about this one."""
    indices = spoken(votes)
    weights = _weights([reliabilities.get(votes[i].annotator, UNKNOWN).mean for i in indices])
    weights = weights * independence([votes[i] for i in indices], reliabilities, lazy=lazy)
    says_nothing = np.array([is_nothing(votes[i].answer) for i in indices])
    nothing = float(weights[says_nothing].sum() / weights.sum())
    objects = [] if nothing > 0.5 else _objects([votes[i] for i in indices], weights)
    kept = [found for found in objects if found.probability >= 0.5]
    edges = np.array([found.edges for found in kept]).reshape(-1, 4)
    return Fused(
        answer=box_answer(edges, [found.label for found in kept]),
        probabilities={
            "objects": [{"p": round(found.probability, 4), "support": round(found.support, 3)} for found in kept],
            "nothing": round(nothing, 4),
        },
        uncertainty=_expected_error(objects, kept, nothing),
        weights=spread_weights(len(votes), indices, weights.tolist()),
        method=METHOD,
    )


def _weights(means: Sequence[float]) -> NDArray[np.float64]:
    squares = np.clip(np.array(means), 0.05, 1.0) ** 2
    result: NDArray[np.float64] = squares / squares.mean()
    return result


def _objects(votes: Sequence[Vote], weights: NDArray[np.float64]) -> list[_Object]:
    rows = [boxes_of(vote.answer) for vote in votes]
    boxes: Boxes = np.concatenate([edges for edges, _ in rows])
    labels = [label for _, names in rows for label in names]
    owner = np.repeat(np.arange(len(votes)), [len(edges) for edges, _ in rows])
    n_people = float(weights.sum())  # as many as there are votes, less what leans on shared proposals
    quorum = min(n_people, max(2.0, n_people / 3))
    objects = []
    for members in cluster_boxes(boxes, owner.tolist()):
        weight = weights[owner[members]]
        width_height = np.median(boxes[members, 2:] - boxes[members, :2], axis=0)
        scale = np.maximum(np.tile(0.1 * width_height, 2), 0.5)
        edges = robust_mean(boxes[members], weight, scale)
        support = float(weight.sum())
        objects.append(
            _Object(
                edges=edges,
                label=_majority([labels[i] for i in members], weight),
                support=support,
                # A lone box of the task's only annotator is all there is to go by, whatever its weight.
                probability=float(1 / (1 + np.exp(-_STEEPNESS * (support - quorum + 0.5)))),
                fit=float(np.average(box_iou(edges[None], boxes[members])[0], weights=weight)),
            )
        )
    return sorted(objects, key=lambda found: tuple(found.edges))


def _majority(labels: Sequence[str], weights: NDArray[np.float64]) -> str:
    total: dict[str, float] = defaultdict(float)
    for label, weight in zip(labels, weights, strict=True):
        total[label] += float(weight)
    return min(total, key=lambda label: (-round(total[label], 9), label))


def _expected_error(objects: Sequence[_Object], kept: Sequence[_Object], nothing: float) -> float:
    """1 - the F1 to be expected if every object exists with its probability and fits as well as its boxes agree."""
    if not kept:
        doubt = max((found.probability for found in objects), default=0.0)
        return round(float(min(1.0, max(2 * (1 - nothing) if nothing > 0.5 else 0.0, doubt))), 6)
    true = sum(found.probability * found.fit for found in kept)
    missed = sum(found.probability for found in objects if found.probability < 0.5)
    expected_f1 = (
        2 * true / (2 * sum(found.probability for found in kept) + sum(1 - f.probability for f in kept) + missed)
    )
    return round(float(1 - expected_f1), 6)
