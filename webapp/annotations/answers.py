"""What an answer may look like. Everything from outside is distrusted; what is stored has passed here (I6).

An empty mask or an empty list of boxes is refused: "nothing here" is an answer of its own, never an accident.
"""

import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from quality.domain import masks

MAX_BOXES = 500
MAX_TRACE_BYTES = 256 * 1024
MAX_CLIENT_MS = 24 * 3600 * 1000
EDGE_TOLERANCE = 0.5  # px that an edge may lie outside the picture; it is clipped
MIN_SIDE = 0.01  # px; of thinner boxes areas and overlaps are lost in rounding


class InvalidAnswer(ValueError):
    """An answer that does not fit its question; the message is one sentence."""


@dataclass(frozen=True)
class Question:
    """What is asked: the project's kind, its label keys, and the served picture's size in pixels."""

    kind: str
    labels: Collection[str]
    width: int
    height: int


def clean_answer(answer: Any, question: Question) -> dict[str, Any]:
    """The answer to store: known keys only, boxes clipped to the picture. Raises InvalidAnswer."""
    if not isinstance(answer, dict):
        raise InvalidAnswer("An answer must be an object with a kind.")
    kind = answer.get("kind")
    if kind in ("nothing", "cannot_tell"):
        return {"kind": kind}
    if kind != question.kind:
        expected = f"{question.kind}, nothing or cannot_tell"
        raise InvalidAnswer(f"The answer's kind must be {expected}; it is {_short(kind)}.")
    return _CLEANERS[kind](answer, question)


def _class(answer: dict[str, Any], question: Question) -> dict[str, Any]:
    return {"kind": "class", "label": _label(answer.get("label"), question)}


def _box(answer: dict[str, Any], question: Question) -> dict[str, Any]:
    boxes = answer.get("boxes")
    if not isinstance(boxes, list):
        raise InvalidAnswer("A box answer needs a list of boxes, [x1, y1, x2, y2, label] each.")
    if not boxes:
        raise InvalidAnswer('A box answer needs at least one box; say {"kind": "nothing"} where there is none.')
    if len(boxes) > MAX_BOXES:
        raise InvalidAnswer(f"An answer may hold {MAX_BOXES} boxes; this one holds {len(boxes)}.")
    return {"kind": "box", "boxes": [_one_box(box, number, question) for number, box in enumerate(boxes, 1)]}


def _one_box(box: Any, number: int, question: Question) -> list[Any]:
    if not isinstance(box, list) or len(box) != 5:
        raise InvalidAnswer(f"Box {number} must be [x1, y1, x2, y2, label].")
    *edges, label = box
    if not all(_is_number(edge) for edge in edges):
        raise InvalidAnswer(f"Box {number} must have four finite numbers as its edges.")
    x1, x2 = (_clip(edge, question.width, number) for edge in (edges[0], edges[2]))
    y1, y2 = (_clip(edge, question.height, number) for edge in (edges[1], edges[3]))
    if x2 - x1 < MIN_SIDE or y2 - y1 < MIN_SIDE:
        raise InvalidAnswer(
            f"Box {number} must have x2 > x1 and y2 > y1 inside the picture, by {MIN_SIDE} px at least."
        )
    return [x1, y1, x2, y2, _label(label, question)]


def _mask(answer: dict[str, Any], question: Question) -> dict[str, Any]:
    rle = answer.get("rle")
    if not isinstance(rle, dict):
        raise InvalidAnswer("A mask answer needs an rle with size and counts.")
    try:
        area = masks.validate(rle, size=(question.height, question.width))
    except ValueError as error:
        raise InvalidAnswer(str(error)) from None
    if area == 0:
        raise InvalidAnswer('The mask is empty; say {"kind": "nothing"} where there is nothing to outline.')
    return {"kind": "mask", "rle": {"size": list(rle["size"]), "counts": rle["counts"]}}


_CLEANERS = {"class": _class, "box": _box, "mask": _mask}


def clean_trace(trace: Any) -> dict[str, Any]:
    """The assist trace as reported, bounded in size. Raises InvalidAnswer."""
    if not isinstance(trace, dict):
        raise InvalidAnswer("The trace must be an object.")
    try:
        size = len(json.dumps(trace, allow_nan=False))
    except (ValueError, RecursionError):
        raise InvalidAnswer("The trace must be plain JSON with finite numbers.") from None
    if size > MAX_TRACE_BYTES:
        raise InvalidAnswer(f"The trace may take {MAX_TRACE_BYTES // 1024} KB; it takes {size // 1024} KB.")
    return trace


def clean_client_ms(client_ms: Any) -> int | None:
    """Time on task in milliseconds, at most a day. Raises InvalidAnswer."""
    if client_ms is None:
        return None
    if not _is_number(client_ms) or client_ms < 0:
        raise InvalidAnswer("client_ms must be a number of milliseconds, 0 or more.")
    return int(min(client_ms, MAX_CLIENT_MS))


def _label(key: Any, question: Question) -> str:
    if not isinstance(key, str) or key not in question.labels:
        raise InvalidAnswer(f"The label must be one of {', '.join(question.labels)}; it is {_short(key)}.")
    return key


def _clip(edge: float, side: int, number: int) -> float:
    if not -EDGE_TOLERANCE <= edge <= side + EDGE_TOLERANCE:
        raise InvalidAnswer(f"Box {number} lies outside the picture: {edge:g} is not between 0 and {side}.")
    return float(min(max(edge, 0.0), side))


def _is_number(value: Any) -> bool:
    # bool is an int to Python, and a whole number beyond float's range cannot be told to be finite
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
