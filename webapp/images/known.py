"""Labels that came with a picture: what is already known about it before anybody is asked."""

from dataclasses import dataclass, field
from typing import Any

Rle = dict[str, Any]


@dataclass(frozen=True)
class KnownLabels:
    """In served pixels, under the project's label keys. None: nothing known of that sort; empty: known to be empty.

    `label`: the picture's class; `boxes`: (x1, y1, x2, y2, key); `masks`: run lengths for each label that the label
    file covers, also those that do not occur in this picture (zero area).
    """

    label: str | None = None
    boxes: tuple[tuple[float, float, float, float, str], ...] | None = None
    masks: dict[str, Rle] | None = None
    absent: frozenset[str] = field(default=frozenset())  # keys in `masks` with no pixel

    def __bool__(self) -> bool:
        return self.label is not None or self.boxes is not None or self.masks is not None

    def answer(self, *, kind: str, label: str | None = None) -> dict[str, Any] | None:
        """The right answer to a question of that kind (`class`, `box`, or `mask` of one label); None if not known."""
        if kind == "class" and self.label is not None:
            return {"kind": "class", "label": self.label}
        if kind == "box" and self.boxes is not None:
            boxes = [list(box) for box in self.boxes]
            return {"kind": "box", "boxes": boxes} if boxes else {"kind": "nothing"}
        if kind == "mask" and self.masks is not None and label in self.masks:
            return {"kind": "nothing"} if label in self.absent else {"kind": "mask", "rle": self.masks[label]}
        return None
