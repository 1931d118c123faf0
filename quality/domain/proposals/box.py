"""Box proposals: a third of the boxes, one at least, is displaced, left out or called something else.

A displaced box overlaps its old place at IoU < .5, so that it misses its object by the rubric. Where there is nothing,
a box is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import Answer, box_answer, boxes_of, is_abstention
from quality.domain.metrics import box_iou, match_boxes

_SHARE = 1 / 3
_SHIFT = (0.45, 0.7)  # of the box's width and height
_MISSED_IOU = 0.5
_TRIES = 8


class BoxProposals:
    def perturb(
        self, draft: Answer, *, labels: Sequence[str], size: tuple[int, int], rng: np.random.Generator
    ) -> dict[str, Any] | None:
        edges, names = boxes_of(draft)
        if not names:
            return box_answer(_invented(size, rng)[None], [str(rng.choice(list(labels)))]) if labels else None
        hit = rng.random(len(names)) < _SHARE
        hit[rng.integers(len(names))] = True
        kept: list[NDArray[np.float64]] = []
        kept_names: list[str] = []
        changed = False
        for number, (box, name, is_hit) in enumerate(zip(edges, names, hit, strict=True), 1):
            alone = not kept and number == len(names)  # something stays to be looked at
            wrong, wrong_name = _wrong(box, name, labels, size, rng, alone=alone) if is_hit else (box, name)
            changed |= wrong is not box or wrong_name != name
            if wrong is not None:
                kept.append(wrong)
                kept_names.append(wrong_name)
        return box_answer(np.array(kept), kept_names) if changed else None

    def distance(self, proposal: Answer, answer: Answer, *, size: tuple[int, int]) -> float:
        """1 - 2 sum(IoU) / (boxes of both), over boxes of one label matched at IoU >= .5."""
        if is_abstention(answer):
            return 1.0
        (a, names_a), (b, names_b) = boxes_of(proposal), boxes_of(answer)
        if not names_a and not names_b:
            return 0.0
        same = np.array([[x == y for y in names_b] for x in names_a], dtype=bool).reshape(len(names_a), len(names_b))
        overlap = sum(match.iou for match in match_boxes(a, b, threshold=_MISSED_IOU, allowed=same))
        return float(1 - 2 * overlap / (len(names_a) + len(names_b)))


def _wrong(
    box: NDArray[np.float64],
    name: str,
    labels: Sequence[str],
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    alone: bool,
) -> tuple[NDArray[np.float64] | None, str]:
    """The box with an error in it, None for one left out; itself where no error could be made."""
    others = [label for label in labels if label != name]
    errors = ["displaced", *(["renamed"] if others else []), *([] if alone else ["left out"])]
    error = rng.choice(errors)
    if error == "left out":
        return None, name
    if error == "renamed":
        return box, str(rng.choice(others))
    return _displaced(box, size, rng), name


def _displaced(box: NDArray[np.float64], size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    height, width = size
    extent = box[2:] - box[:2]
    for _ in range(_TRIES):
        step = rng.uniform(*_SHIFT, 2) * extent * rng.choice([-1.0, 1.0], 2)
        corner = np.clip(box[:2] + step, 0, np.array([width, height]) - extent)
        moved = np.concatenate([corner, corner + extent])
        if box_iou(box[None], moved[None])[0, 0] < _MISSED_IOU:
            return moved
    return box


def _invented(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    height, width = size
    extent = rng.uniform(0.08, 0.25, 2) * (width, height)
    corner = rng.uniform(0, 1, 2) * (np.array([width, height]) - extent)
    return np.concatenate([corner, corner + extent])
