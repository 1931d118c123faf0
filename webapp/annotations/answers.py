"""What counts as an answer: payloads checked against the project's kind, labels and the picture's size."""

import json
import math
from collections.abc import Collection
from typing import Any

from quality.domain import masks

MAX_BOXES = 500
MAX_TRACE_BYTES = 256 * 1024
OVERHANG = 0.5  # px that a box may lie outside, from rounding on a zoomed canvas


class InvalidAnswer(ValueError):
    """The message is one sentence: what was expected, what came."""


def validated(answer: Any, *, kind: str, labels: Collection[str], width: int, height: int) -> dict[str, Any]:
    """The answer in its stored form, in pixels of the served picture. Raises InvalidAnswer."""
    if not isinstance(answer, dict) or not isinstance(answer.get("kind"), str):
        raise InvalidAnswer('An answer is an object with a "kind".')
    given = answer["kind"]
    if given in {"nothing", "cannot_tell"}:
        return {"kind": given}
    if given != kind:
        raise InvalidAnswer(f'This task asks for a {kind} answer (or "nothing" or "cannot_tell"), not {given[:20]!r}.')
    if given == "class":
        return _class(answer, labels)
    if given == "box":
        return _boxes(answer, labels, width, height)
    return _mask(answer, width, height)


def _class(answer: dict[str, Any], labels: Collection[str]) -> dict[str, Any]:
    return {"kind": "class", "label": _label(answer.get("label"), labels)}


def _label(given: Any, labels: Collection[str]) -> str:
    if not isinstance(given, str) or given not in labels:
        raise InvalidAnswer(f"The label must be one of {', '.join(sorted(labels))}; it is {str(given)[:40]!r}.")
    return given


def _boxes(answer: dict[str, Any], labels: Collection[str], width: int, height: int) -> dict[str, Any]:
    boxes = answer.get("boxes")
    if not isinstance(boxes, list) or not 1 <= len(boxes) <= MAX_BOXES:
        raise InvalidAnswer(f'"boxes" must be a list of 1 to {MAX_BOXES} boxes; for none, answer "nothing".')
    return {"kind": "box", "boxes": [_box(box, labels, width, height) for box in boxes]}


def _box(box: Any, labels: Collection[str], width: int, height: int) -> list[Any]:
    if not isinstance(box, list) or len(box) != 5 or not all(_is_number(v) for v in box[:4]):
        raise InvalidAnswer("A box is [x1, y1, x2, y2, label] with four finite numbers.")
    x1, y1, x2, y2 = (float(v) for v in box[:4])
    inside = min(x1, y1) >= -OVERHANG and x2 <= width + OVERHANG and y2 <= height + OVERHANG
    if not inside or x2 <= x1 or y2 <= y1:
        raise InvalidAnswer(
            f"A box must lie inside the picture of {width} x {height} px with x1 < x2 and y1 < y2; it is {box[:4]}."
        )
    x1, y1, x2, y2 = max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
    if x2 <= x1 or y2 <= y1:
        raise InvalidAnswer(f"A box must cover some of the picture of {width} x {height} px; it is {box[:4]}.")
    return [x1, y1, x2, y2, _label(box[4], labels)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _mask(answer: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    rle = answer.get("rle")
    if not isinstance(rle, dict) or rle.get("size") != [height, width]:
        raise InvalidAnswer(f'"rle" must be a run-length mask of size [{height}, {width}] (height, width).')
    try:
        area = masks.area(rle)
    except ValueError as error:
        raise InvalidAnswer(f"The mask cannot be read: {error}") from None
    if area == 0:
        raise InvalidAnswer('The mask is empty; for nothing to mark, answer "nothing".')
    return {"kind": "mask", "rle": {"size": [height, width], "counts": rle["counts"]}}


def validated_trace(trace: Any) -> dict[str, Any]:
    """The page's account of how the answer came about: any object of at most 256 KiB as JSON. Raises InvalidAnswer."""
    if not isinstance(trace, dict):
        raise InvalidAnswer('"trace" must be an object.')
    size = len(json.dumps(trace, ensure_ascii=False).encode())
    if size > MAX_TRACE_BYTES:
        raise InvalidAnswer(f'"trace" may be {MAX_TRACE_BYTES} bytes long at most; it is {size}.')
    return trace
