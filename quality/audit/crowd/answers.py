"""What a virtual volunteer answers, given the truth and how they go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quality.audit.crowd.kinds import Kind
from quality.domain.answers import Answer, box_answer, boxes_of, is_nothing, mask_of
from quality.domain.masks import Mask, bbox
from quality.domain.outlines import signed_distance

NOTHING: dict[str, Any] = {"kind": "nothing"}
CANNOT_TELL: dict[str, Any] = {"kind": "cannot_tell"}
_NOISE_PX = 9.0  # how far along an outline a wobble reaches


@dataclass(frozen=True)
class Question:
    """`kind` class, box or mask; `labels`: keys to choose from; `size` (h, w) px."""

    kind: str
    labels: Sequence[str]
    size: tuple[int, int]


def class_or_boxes(kind: Kind, question: Question, truth: Answer, rng: np.random.Generator, favourite: int) -> Any:
    """An answer to a class or box question; `favourite`: the number of the label that a one-sided person falls for."""
    if kind.guesses:
        return _guess(question, rng)
    if rng.random() < kind.unsure:
        return CANNOT_TELL
    if question.kind == "class":
        return _class(kind, question, truth, rng, favourite)
    return _boxes(kind, question, truth, rng)


def outline(kind: Kind, question: Question, truth: Answer, rng: np.random.Generator) -> Mask | None:
    """What the person takes the object's outline to be, bool[h, w]; None where they see nothing."""
    height, width = question.size
    if kind.guesses:
        rows, columns = np.mgrid[:height, :width]
        y, x = rng.uniform(0.2, 0.8, 2) * (height, width)
        b, a = rng.uniform(0.05, 0.25, 2) * (height, width)
        return np.asarray(((rows - y) / b) ** 2 + ((columns - x) / a) ** 2 < 1)
    if is_nothing(truth):
        return None
    true = mask_of(truth, size=question.size)
    noise = ndimage.gaussian_filter(rng.standard_normal(question.size), _NOISE_PX)
    shift = rng.normal(0, kind.wobble / 3, 2)
    distance = ndimage.shift(signed_distance(true), shift, order=1, mode="nearest")
    drawn: Mask = distance + kind.grow + kind.wobble * noise / noise.std() > 0
    return drawn if drawn.any() else None


def prompt_box(kind: Kind, mask: Mask, rng: np.random.Generator) -> list[float]:
    """The box that they draw around `mask`, inside the picture: [x1, y1, x2, y2]."""
    edges = bbox(mask)
    assert edges is not None
    moved = _moved(np.array(edges, dtype=float), kind, mask.shape, rng)
    return [round(float(edge), 1) for edge in moved]


def _guess(question: Question, rng: np.random.Generator) -> dict[str, Any]:
    label = str(rng.choice(list(question.labels)))
    if question.kind == "class":
        return {"kind": "class", "label": label}
    if rng.random() < 0.3:
        return NOTHING
    height, width = question.size
    corner = rng.uniform(0, 0.7, 2) * (width, height)
    far = corner + rng.uniform(0.05, 0.3, 2) * (width, height)
    return box_answer(np.concatenate([corner, far])[None], [label])


def _class(kind: Kind, question: Question, truth: Answer, rng: np.random.Generator, favourite: int) -> dict[str, Any]:
    true = None if is_nothing(truth) else str(truth["label"])
    others = [label for label in question.labels if label != true]
    if rng.random() >= kind.wrong or not others:
        return dict(truth)
    label = question.labels[favourite % len(question.labels)] if kind.one_sided else str(rng.choice(others))
    return {"kind": "class", "label": label}


def _boxes(kind: Kind, question: Question, truth: Answer, rng: np.random.Generator) -> dict[str, Any]:
    edges, labels = boxes_of(truth)
    if kind.lazy and labels:
        largest = int((edges[:, 2:] - edges[:, :2]).prod(axis=1).argmax())
        edges, labels = edges[[largest]], [labels[largest]]
    seen = rng.random(len(labels)) >= kind.missed
    drawn = [_moved(box, kind, question.size, rng) for box in edges[seen]]
    names = [label for label, is_seen in zip(labels, seen, strict=True) if is_seen]
    for _ in range(rng.poisson(kind.invented * max(len(labels), 1))):
        guess = _guess(question, rng)
        if guess["kind"] == "box":
            drawn.append(np.array(guess["boxes"][0][:4]))
            names.append(guess["boxes"][0][4])
    return box_answer(np.array(drawn).reshape(-1, 4), names)


def _moved(
    box: NDArray[np.float64], kind: Kind, size: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """The box with unsteady edges, kept inside the picture and at least 2 px wide and high."""
    extent = np.tile(box[2:] - box[:2], 2)
    grow = np.array([-kind.grow, -kind.grow, kind.grow, kind.grow])
    x1, y1, x2, y2 = box + grow + rng.normal(0, kind.jitter, 4) * extent
    height, width = size
    x1, y1 = min(max(x1, 0.0), width - 2.0), min(max(y1, 0.0), height - 2.0)
    return np.array([x1, y1, min(max(x2, x1 + 2), width), min(max(y2, y1 + 2), height)])
