"""YOLO: a text file a picture, one line an object: class number, then centre and size, or a polygon, as fractions.

Names of the classes come from `classes.txt`, `obj.names` or `data.yaml`; without any, the number is the name.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from webapp.images.importers.labels.base import LabelReader, text_of
from webapp.images.importers.marks import Labels, MarkedBox, Marks
from webapp.images.sandbox.limits import BadFile

NAME_FILES = {"classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml"}
_LINE = re.compile(rb"\s*\d+(\s+[-+.\deE]+){4,}\s*")


class Yolo(LabelReader):
    name = "yolo"
    beside = True

    def __init__(self) -> None:
        self._names: list[str] = []

    def claims(self, name: str, head: bytes, names: frozenset[str]) -> bool:
        path = PurePosixPath(name)
        if path.name in NAME_FILES:
            return True
        if path.suffix.lower() != ".txt":
            return False
        first = head.split(b"\n", 1)[0]
        return bool(_LINE.fullmatch(first)) or (not head.strip() and "labels" in path.parts)

    def read(self, name: str, path: Path, labels: Labels) -> Iterator[str]:
        text = text_of(path)
        if PurePosixPath(name).name in NAME_FILES:
            self._names = _class_names(text, name)
            return
        marks = Marks(boxes=[], relative=True, origin=name)
        polygons: list[tuple[str, Any]] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                box, points = self._box(line)
                marks.boxes = [*(marks.boxes or []), box]
                if points:
                    polygons.append((box[4], [points]))
            except ValueError:
                yield f"line {number}: expected a class number and fractions of the picture; got {line.strip()[:60]!r}."
        if polygons and len(polygons) == len(marks.boxes or []):
            marks.shapes, marks.covers = polygons, tuple(self._names)
        labels.add_beside(name, marks)

    def _box(self, line: str) -> tuple[MarkedBox, list[float]]:
        """A line's box, and its polygon x, y, x, y, ... where it is one."""
        kind, *rest = line.split()
        numbers = [float(v) for v in rest]
        if not all(-0.5 <= v <= 1.5 for v in numbers) or len(numbers) < 4:
            raise ValueError
        index = int(kind)
        label = self._names[index] if 0 <= index < len(self._names) else str(index)
        if len(numbers) in (4, 5):  # a fifth is the confidence of a detector
            x, y, width, height = numbers[:4]
            return (x - width / 2, y - height / 2, x + width / 2, y + height / 2, label), []
        xs, ys = numbers[0::2], numbers[1::2]
        if len(xs) != len(ys):
            raise ValueError
        return (min(xs), min(ys), max(xs), max(ys), label), numbers


def _class_names(text: str, name: str) -> list[str]:
    if not name.endswith((".yaml", ".yml")):
        return [line.strip() for line in text.splitlines() if line.strip()]
    # The one entry that matters, in its three spellings; a YAML parser would be a door for nothing else.
    if match := re.search(r"^names:\s*\[(.*?)\]", text, re.MULTILINE | re.DOTALL):
        return [part.strip().strip("'\"") for part in match[1].split(",") if part.strip()]
    if match := re.search(r"^names:\s*\n((?:[ \t]*(?:-|\d+:).*\n?)+)", text, re.MULTILINE):
        lines = match[1].splitlines()
        return [re.sub(r"^[ \t]*(?:-|\d+:)\s*", "", line).strip().strip("'\"") for line in lines]
    raise BadFile("Expected the names of the classes under `names:`; there are none.")
