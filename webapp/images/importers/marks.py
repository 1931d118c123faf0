"""Labels as files give them: in pixels of the original, under the file's own names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from webapp.images.importers.pairing import nearness, stem_of

MarkedBox = tuple[float, float, float, float, str]
UNLABELLED = 255  # in label maps: nobody looked, unless a label of that value is declared
MISSING = -1  # in stacks of label pictures: there is none for this slice


@dataclass
class Marks:
    """What one file says about one picture; None: it does not say.

    `boxes` are edges x1, y1, x2, y2 in pixels, or in fractions of the picture where `relative` (YOLO).
    `shapes`: (name, COCO segmentation) pairs. `label_map` [h, w] of integers with `values`: value -> name.
    `size`: (width, height) that the file states; `origin`: the file, for messages.
    """

    label: str | None = None
    boxes: list[MarkedBox] | None = None
    shapes: list[tuple[str, Any]] | None = None
    label_map: np.ndarray | None = None
    values: dict[int, str] = field(default_factory=dict)
    covers: tuple[str, ...] = ()  # names that the file would show if they were there
    relative: bool = False
    size: tuple[int, int] | None = None
    group: str = ""
    origin: str = ""

    def merge(self, other: "Marks") -> None:
        """Add what another file, or another line, says about the same picture."""
        self.label = self.label if other.label is None else other.label
        if other.boxes is not None:
            self.boxes = (self.boxes or []) + other.boxes
        if other.shapes is not None:
            self.shapes = (self.shapes or []) + other.shapes
        self.relative = self.relative or other.relative
        self.size = self.size or other.size
        self.group = self.group or other.group
        self.covers = tuple(dict.fromkeys((*self.covers, *other.covers)))

    def pixel_boxes(self, width: int, height: int) -> list[MarkedBox] | None:
        """Boxes in pixels of a picture of that size; those without area are left out."""
        if self.boxes is None:
            return None
        by_x, by_y = (width, height) if self.relative else (1, 1)
        pixels = [(x1 * by_x, y1 * by_y, x2 * by_x, y2 * by_y, name) for x1, y1, x2, y2, name in self.boxes]
        return [box for box in pixels if box[2] > box[0] and box[3] > box[1]]


LabelMapReader = Callable[[], tuple[np.ndarray, np.ndarray | None]]  # array, affine of volumes


@dataclass
class LabelMapFile:
    """A label picture or volume: opened only when its picture turns up."""

    name: str
    read: LabelMapReader


class Labels:
    """All labels of an import, found by a picture's name: its relative name, then file name, then stem.

    Files name pictures in their own ways (with or without folder and ending), so each entry is kept under all three;
    where several pictures share a stem, the longer names decide.
    """

    def __init__(self) -> None:
        self._marks: dict[str, Marks] = {}
        self._maps: dict[str, LabelMapFile] = {}
        self._asked: set[str] = set()
        self.values: dict[int, str] = {}
        self.beside: dict[str, str] = {}  # label files of one picture each -> what the picture is found by

    def add(self, picture: str, marks: Marks) -> None:
        entry = self._marks.setdefault(_clean(picture), Marks(origin=marks.origin))
        entry.merge(marks)

    def add_beside(self, name: str, marks: Marks) -> None:
        """The marks of a label file that is about the one picture of its name."""
        self.add(self.beside.get(name, stem_of(name)), marks)

    def add_map(self, label_map: LabelMapFile) -> None:
        self._maps[_clean(self.beside.get(label_map.name, stem_of(label_map.name)))] = label_map

    def marks_of(self, picture: str) -> Marks | None:
        return self._look_up(self._marks, picture)

    def map_of(self, picture: str) -> LabelMapFile | None:
        return self._look_up(self._maps, picture)

    def has_maps(self) -> bool:
        return bool(self._maps)

    def maps_in_order(self, series: str, count: int) -> list[LabelMapFile]:
        """A folder of `count` label maps by name, for pictures that belong to a series slice by slice: the folder
        nearest to `series`, the name of a file of it. Empty where there is none, or several are as near."""
        folders: dict[str, list[LabelMapFile]] = {}
        for entry in sorted(self._maps.values(), key=lambda entry: entry.name):
            folders.setdefault(str(PurePosixPath(entry.name).parent), []).append(entry)
        fitting = {folder: maps for folder, maps in folders.items() if len(maps) == count}
        best = max((nearness(maps[0].name, series) for maps in fitting.values()), default=0)
        nearest = [maps for maps in fitting.values() if nearness(maps[0].name, series) == best]
        return nearest[0] if len(nearest) == 1 else []

    def mark_used(self, label_map: LabelMapFile) -> None:
        self._asked.update(name for name, entry in self._maps.items() if entry is label_map)

    def unused(self) -> Iterator[tuple[str, list[str]]]:
        """Label files that name pictures which did not turn up: (file, names)."""
        missing: dict[str, list[str]] = {}
        for name, marks in self._marks.items():
            if name not in self._asked:
                missing.setdefault(marks.origin, []).append(name)
        for name, entry in self._maps.items():
            if name not in self._asked:
                missing.setdefault(entry.name, []).append(name)
        yield from sorted(missing.items())

    def _look_up(self, table: dict[str, Any], picture: str) -> Any:
        for name in _names(picture):
            if name in table:
                self._asked.add(name)
                return table[name]
        return None


def _clean(name: str) -> str:
    return str(PurePosixPath(name.strip().replace("\\", "/").removeprefix("./")))


def _names(picture: str) -> Iterable[str]:
    """The ways in which a label file may call a picture, most exact first."""
    full = _clean(picture)
    parts = PurePosixPath(full).parts
    for start in range(len(parts)):
        yield "/".join(parts[start:])
    for start in range(len(parts)):
        yield "/".join((*parts[start:-1], stem_of(full)))
