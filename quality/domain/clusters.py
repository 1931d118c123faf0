"""Which boxes of different people mean the same object."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import Boxes
from quality.domain.metrics import box_iou

LINK_IOU = 0.4


def cluster_boxes(boxes: Boxes, people: Sequence[Hashable], *, link: float = LINK_IOU) -> list[NDArray[np.intp]]:
    """Group `float[n, 4]` into objects, at most one box a person in each; returns index arrays that cover all boxes.

    Greedy, best supported box first: its cluster is the best overlapping box of every person at IoU >= link, then once
    more against the cluster's median box. Ties are settled by the boxes' coordinates, never by who came first.
    """
    overlap = box_iou(boxes, boxes)
    order = np.lexsort((*boxes.T[::-1], -(overlap > link).sum(axis=1)))
    free = np.ones(len(boxes), dtype=bool)
    clusters = []
    for seed in order:
        if not free[seed]:
            continue
        members = _one_per_person(overlap[seed], free, people, link)
        median = np.median(boxes[members], axis=0)[None]
        members = _one_per_person(box_iou(median, boxes)[0], free, people, link)
        if seed not in members and people[seed] not in {people[i] for i in members}:
            members = [*members, int(seed)]
        if not members:
            members = [int(seed)]
        free[members] = False
        clusters.append(np.array(sorted(members), dtype=np.intp))
        if free[seed]:  # its person had a better box for this object: the seed is an object of its own
            free[seed] = False
            clusters.append(np.array([seed], dtype=np.intp))
    return clusters


def _one_per_person(
    overlap: NDArray[np.float64], free: NDArray[np.bool_], people: Sequence[Hashable], link: float
) -> list[int]:
    best: dict[Hashable, int] = {}
    near = np.flatnonzero((overlap >= link) & free)
    for i in near[np.argsort(-overlap[near], kind="stable")].tolist():
        best.setdefault(people[i], i)
    return list(best.values())


def robust_mean(
    points: NDArray[np.float64], weights: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted mean of `float[n, d]` that outliers hardly move: four rounds of Cauchy reweighting from the median.

    `weights`: float[n] or [n, d]; `scale`: float[d], the deviation that is still ordinary.
    """
    weight = np.broadcast_to(weights.reshape(len(points), -1), points.shape)
    centre: NDArray[np.float64] = np.median(points, axis=0)
    for _ in range(4):
        trust = weight / (1 + ((points - centre) / (1.5 * scale)) ** 2)
        centre = (trust * points).sum(axis=0) / trust.sum(axis=0)
    return centre
