"""What travels over the assist's socket and to the engine, checked once at the door."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any

MAX_POINTS = 32
MAX_SEQUENCE = 2**31 - 1
_FARTHEST = 1e9  # px; beyond any picture, and within every float


class BadMessage(ValueError):
    """One sentence for whoever sent it: what was expected and what came."""


@dataclass(frozen=True)
class PromptMessage:
    """A prompt as the page sends it; coordinates are served pixels, not yet held against the picture."""

    assignment: uuid.UUID
    sequence: int
    box: tuple[float, float, float, float] | None
    points: tuple[tuple[float, float, bool], ...]


@dataclass(frozen=True)
class Ask:
    """A prompt on its way to the engine. No picture travels, only its file name in the picture store.

    `person` and `project` are what limits go by.
    """

    assignment: str
    sequence: int
    file: str
    box: list[float] | None
    points: list[list[float]]
    person: str = ""
    project: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def parse_prompt(content: dict[str, Any]) -> PromptMessage:
    """Read {"assignment", "sequence", "box"?, "points"?}; raises `BadMessage`."""
    try:
        assignment = uuid.UUID(str(content.get("assignment")))
    except ValueError:
        raise BadMessage("A prompt needs the assignment's id.") from None
    sequence = content.get("sequence")
    if type(sequence) is not int or not 0 <= sequence <= MAX_SEQUENCE:
        raise BadMessage("A prompt needs a sequence, a whole number from 0 upwards.")
    box, points = _box(content.get("box")), _points(content.get("points"))
    if box is None and not any(inside for _, _, inside in points):
        raise BadMessage("A prompt needs a box or at least one point inside the object.")
    return PromptMessage(assignment, sequence, box, points)


def _numbers(values: Any, count: int, what: str) -> list[float]:
    right = isinstance(values, list) and len(values) == count
    if not right or not all(type(v) in (int, float) and abs(v) <= _FARTHEST for v in values):
        raise BadMessage(f"{what} must be {count} finite numbers; it is {str(values)[:80]}.")
    return [float(v) for v in values]


def _box(value: Any) -> tuple[float, float, float, float] | None:
    if value is None:
        return None
    x1, y1, x2, y2 = _numbers(value, 4, "A box [x1, y1, x2, y2]")
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)  # drawn from any corner


def _points(value: Any) -> tuple[tuple[float, float, bool], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_POINTS:
        raise BadMessage(f"Points must be a list of at most {MAX_POINTS}.")
    points = [_numbers(point, 3, "A point [x, y, 1 or 0]") for point in value]
    if any(inside not in (0.0, 1.0) for _, _, inside in points):
        raise BadMessage("The third number of a point must be 1 (inside the object) or 0 (outside).")
    return tuple((x, y, inside == 1.0) for x, y, inside in points)


def ask_about(
    message: PromptMessage, *, file: str, width: int, height: int, person: str = "", project: str = ""
) -> Ask:
    """Hold the prompt against its picture: the box is clipped, everything beyond the picture refused."""
    box = None
    if message.box is not None:
        x1, y1, x2, y2 = message.box
        box = [max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))]
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            raise BadMessage(f"The box must cover at least one pixel of the picture ({width} x {height}).")
    for x, y, _ in message.points:
        if not (0 <= x <= width and 0 <= y <= height):
            raise BadMessage(f"The point ({x:g}, {y:g}) lies outside the picture ({width} x {height}).")
    points = [[x, y, int(inside)] for x, y, inside in message.points]
    return Ask(str(message.assignment), message.sequence, file, box, points, person, project)
