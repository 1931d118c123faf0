"""Answers as they travel: what an annotator says, what the truth is and what the crowd concludes share one form.

    {"kind": "class", "label": KEY}
    {"kind": "box", "boxes": [[x1, y1, x2, y2, KEY], ...]}
    {"kind": "mask", "rle": {"size": [h, w], "counts": STR}}
    {"kind": "nothing"}        an answer of its own: there is none of it here
    {"kind": "cannot_tell"}    an abstention: neither right nor wrong, and no vote

Pixels of the served picture, origin top left; boxes are half-open edges in float pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain import masks

Answer = Mapping[str, Any]
Boxes = NDArray[np.float64]  # [n, 4] as x1, y1, x2, y2 (px)

# "Nothing here" among label keys; round brackets never occur in a key.
NOTHING = "(nothing)"


def is_nothing(answer: Answer) -> bool:
    return bool(answer["kind"] == "nothing")


def is_abstention(answer: Answer) -> bool:
    return bool(answer["kind"] == "cannot_tell")


def class_key(answer: Answer) -> str:
    """The label of a class answer, or NOTHING."""
    if is_nothing(answer):
        return NOTHING
    _expect(answer, "class")
    return str(answer["label"])


def boxes_of(answer: Answer) -> tuple[Boxes, list[str]]:
    """Edges `float[n, 4]` and the n label keys of a box answer; none for "nothing"."""
    if is_nothing(answer):
        return np.zeros((0, 4)), []
    _expect(answer, "box")
    rows = answer["boxes"]
    edges = np.array([row[:4] for row in rows], dtype=np.float64).reshape(-1, 4)
    return edges, [str(row[4]) for row in rows]


def mask_of(answer: Answer, *, size: tuple[int, int]) -> masks.Mask:
    """The mask `bool[h, w]` of an answer; empty for "nothing"."""
    if is_nothing(answer):
        return np.zeros(size, dtype=bool)
    _expect(answer, "mask")
    return masks.decode(answer["rle"], size=size)


def class_answer(key: str) -> dict[str, Any]:
    return {"kind": "nothing"} if key == NOTHING else {"kind": "class", "label": key}


def box_answer(edges: Boxes, labels: list[str]) -> dict[str, Any]:
    """Rounded to hundredths of a pixel; no box is "nothing"."""
    if not labels:
        return {"kind": "nothing"}
    rows = [[round(float(value), 2) for value in box] for box in edges]
    return {"kind": "box", "boxes": [[*row, label] for row, label in zip(rows, labels, strict=True)]}


def mask_answer(mask: masks.Mask) -> dict[str, Any]:
    """An empty mask is "nothing"."""
    return {"kind": "mask", "rle": masks.encode(mask)} if mask.any() else {"kind": "nothing"}


def _expect(answer: Answer, kind: str) -> None:
    if answer["kind"] != kind:
        raise ValueError(f"Expected an answer of kind {kind}, got {answer['kind']}.")
