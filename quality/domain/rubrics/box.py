"""Box answers: found objects, weighted by how well their boxes fit.

Boxes are matched one to one at IoU >= .5 (labels must agree); the score is

    2 sum(q) / (n_answered + n_true),   q = min(1, IoU / .85)

an F1 in which each hit counts by its fit. Past IoU .85 two careful experts differ as much, so it counts in full.

Where the truth is known only in part (a known region), objects outside it may well be there: a box whose centre lies
outside is listed under "ungraded" and costs nothing, a true box outside is not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import Answer, Boxes, boxes_of, is_abstention
from quality.domain.metrics import match_boxes
from quality.domain.rubrics.result import ABSTAINED, RubricResult

MATCH_IOU = 0.5
FULL_IOU = 0.85


def grade(
    answer: Answer, truth: Answer, *, known_region: Mapping[str, Any] | None = None, size: tuple[int, int]
) -> RubricResult:
    """Details: "matched", "missed", "spurious" (counts), "mean_iou", "pairs" [[answered, true, IoU]], "deviations" of
    each pair (drawn minus true: centre x, y in true box sizes, log width, log height), "labels" [[true, said]] of the
    objects found whatever they were called, "ungraded" (indices of answered boxes)."""
    true_boxes, true_labels = boxes_of(truth)
    if is_abstention(answer):
        return RubricResult(None, {ABSTAINED: True})
    boxes, labels = boxes_of(answer)
    same = np.array([[said == true for true in true_labels] for said in labels], dtype=bool)
    matches = match_boxes(boxes, true_boxes, threshold=MATCH_IOU, allowed=same.reshape(len(labels), len(true_labels)))
    found = match_boxes(boxes, true_boxes, threshold=MATCH_IOU)
    asked = _centre_inside(true_boxes, known_region)
    graded = _centre_inside(boxes, known_region)
    for match in matches:  # near the rim the partner decides, not where one's own centre happens to fall
        graded[match.first] = asked[match.second]
    hits = [match for match in matches if asked[match.second]]
    n_graded, n_asked = int(graded.sum()), int(asked.sum())
    details = {
        "matched": len(hits),
        "missed": n_asked - len(hits),
        "spurious": n_graded - len(hits),
        "mean_iou": round(float(np.mean([hit.iou for hit in hits])), 4) if hits else None,
        "pairs": [[hit.first, hit.second, round(hit.iou, 4)] for hit in hits],
        "deviations": [_deviation(boxes[hit.first], true_boxes[hit.second]) for hit in hits],
        "labels": [[true_labels[m.second], labels[m.first]] for m in found if asked[m.second]],
        "ungraded": np.flatnonzero(~graded).tolist(),
    }
    if n_graded + n_asked == 0:
        return RubricResult(1.0, details)  # nothing to find, nothing claimed
    quality = sum(min(1.0, hit.iou / FULL_IOU) for hit in hits)
    return RubricResult(2.0 * quality / (n_graded + n_asked), details)


def _centre_inside(boxes: Boxes, known_region: Mapping[str, Any] | None) -> NDArray[np.bool_]:
    if known_region is None:
        return np.ones(len(boxes), dtype=bool)
    region = np.array(known_region["boxes"], dtype=np.float64).reshape(-1, 4)
    centre = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    inside = (centre >= region[None, :, :2]) & (centre < region[None, :, 2:])
    return np.asarray(inside.all(axis=-1).any(axis=-1))


def _deviation(box: NDArray[np.float64], true: NDArray[np.float64]) -> list[float]:
    size, true_size = np.maximum(box[2:] - box[:2], 1e-3), np.maximum(true[2:] - true[:2], 1e-3)
    centre = (box[:2] + box[2:] - true[:2] - true[2:]) / 2 / true_size
    return [round(float(value), 4) for value in (*centre, *np.log(size / true_size))]
