"""Labels as files give them: in pixels of the original, under the file's own names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from webapp.images.importers.pairing import in_order, nearness, stem_of
from webapp.images.sandbox.limits import BadFile

MarkedBox = tuple[float, float, float, float, str]
UNLABELLED = 255  # in label maps: nobody looked, unless a label of that value is declared
IGNORED = "ignore"  # what nnU-Net calls the value of pixels that nobody labelled
MISSING = -1  # in stacks of label pictures: there is none for this slice


@dataclass
class Marks:
    """What one file says about one picture; None: it does not say.

    `boxes` are edges x1, y1, x2, y2 in pixels, or in fractions of the picture where `relative` (YOLO; polygons too).
    `shapes`: (name, COCO segmentation) pairs. `layers`: label maps [h, w] of integers, each with value -> name.
    `size`: (width, height) that the file states; `origin`: the file, for messages.
    """

    label: str | None = None
    boxes: list[MarkedBox] | None = None
    shapes: list[tuple[str, Any]] | None = None
    layers: list[tuple[np.ndarray, dict[int, str]]] = field(default_factory=list)
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


LabelMapReader = Callable[[int], tuple[np.ndarray, np.ndarray | None]]  # page -> array, affine of volumes


@dataclass
class LabelMapFile:
    """A label picture or volume: opened only when its picture turns up.

    `label`: what all of its pixels but 0 show, where the file is about one label; `objects`: each value but 0 is an
    object of the project's one label; else its values stand for labels.
    """

    name: str
    read: LabelMapReader
    label: str = ""
    objects: bool = False
    volume: bool = False


class Labels:
    """All labels of an import, found by a picture's name: its relative name, then file name, then stem.

    Files name pictures in their own ways: with or without ending, with more folders than the import has (an absolute
    path) or fewer. Where several pictures bear a name, that nearest to the file is meant; what is still in doubt is in
    `doubtful`: (file, name) -> pictures.
    """

    def __init__(self) -> None:
        self._marks: dict[str, Marks] = {}
        self._maps: dict[str, list[LabelMapFile]] = {}
        self._asked: set[str] = set()
        self.values: dict[int, str] = {}
        self.links: dict[str, str] = {}  # label file -> picture, as a file of the import says
        self.doubtful: dict[tuple[str, str], list[str]] = {}
        self._pictures: dict[str, list[str]] = {}
        self.beside: dict[str, str] = {}  # label files of one picture each -> what the picture is found by

    def expect(self, pictures: Iterable[str]) -> None:
        """The files of the import that may be pictures, so that names in label files are understood."""
        for picture in pictures:
            for key in {PurePosixPath(picture).name, stem_of(picture)}:
                self._pictures.setdefault(key, []).append(picture)

    def add(self, picture: str, marks: Marks) -> None:
        name = self.meant(picture, marks.origin)
        if name is not None:
            self._merge(name, marks)

    def meant(self, picture: str, origin: str) -> str | None:
        """The picture that a file means by a name, or the name where there is none; None where several are as near."""
        name = _clean(picture)
        asked = PurePosixPath(name).parts
        found = [
            there
            for there in self._pictures.get(asked[-1] if asked else "", ())
            if all(a == b for a, b in zip(asked[-2::-1], PurePosixPath(there).parts[-2::-1], strict=False))
        ]
        if len(found) > 1:
            exact = {name, str(PurePosixPath(origin).parent / name)}
            best = max(nearness(there, origin) for there in found)
            found = [there for there in found if there in exact] or [
                there for there in found if nearness(there, origin) == best
            ]
        if len(found) > 1:
            self.doubtful[origin, name] = sorted(found)
            return None
        return found[0] if found else name

    def add_beside(self, name: str, marks: Marks) -> None:
        """The marks of a label file that is about the one picture of its name."""
        self._merge(_clean(self.beside.get(name, stem_of(name))), marks)

    def add_map(self, label_map: LabelMapFile) -> None:
        name = _clean(self.beside.get(label_map.name, stem_of(label_map.name)))
        self._maps.setdefault(name, []).append(label_map)

    def marks_of(self, picture: str) -> Marks | None:
        return self._look_up(self._marks, picture)

    def maps_of(self, picture: str) -> list[LabelMapFile]:
        """One, or several that show a label or an object each."""
        return self._look_up(self._maps, picture) or []

    def has_maps(self) -> bool:
        return bool(self._maps)

    def maps_in_order(self, series: str, count: int) -> list[LabelMapFile]:
        """A folder of `count` label maps by name, for pictures that belong to a series slice by slice: the folder
        nearest to `series`, the name of a file of it. Empty where there is none. Raises `BadFile` where several are as
        near."""
        if count < 2:
            return []  # one file alone is in any order: only its name could tell
        folders: dict[str, list[LabelMapFile]] = {}
        pictures = (entry for maps in self._maps.values() for entry in maps if not entry.volume)
        for entry in sorted(pictures, key=lambda entry: in_order(entry.name)):
            folders.setdefault(str(PurePosixPath(entry.name).parent), []).append(entry)
        fitting = {folder: maps for folder, maps in folders.items() if len(maps) == count}
        best = max((nearness(maps[0].name, series) for maps in fitting.values()), default=0)
        nearest = {folder: maps for folder, maps in fitting.items() if nearness(maps[0].name, series) == best}
        if len(nearest) > 1:
            one, other = list(nearest)[:2]
            raise BadFile(
                f"Expected one folder of {count} label pictures for the series; {one!r} and {other!r} both fit: "
                "give one of them as the folder of label pictures (label_folder)."
            )
        return next(iter(nearest.values()), [])

    def loose_volumes(self) -> list[LabelMapFile]:
        """Label volumes that no picture's name has asked for so far."""
        return [
            entry for name, maps in self._maps.items() for entry in maps if entry.volume and name not in self._asked
        ]

    def mark_used(self, label_map: LabelMapFile) -> None:
        self._asked.update(name for name, maps in self._maps.items() if any(entry is label_map for entry in maps))

    def mark_told(self) -> None:
        """What was left over so far has been told of otherwise."""
        self._asked |= self._maps.keys()

    def unused(self) -> Iterator[tuple[str, list[str]]]:
        """Label files that name pictures which did not turn up: (file, names)."""
        missing: dict[str, list[str]] = {}
        for name, marks in self._marks.items():
            if name not in self._asked:
                missing.setdefault(marks.origin, []).append(name)
        for name, maps in self._maps.items():
            if name not in self._asked:
                for entry in maps:
                    missing.setdefault(entry.name, []).append(name)
        yield from sorted(missing.items())

    def _merge(self, name: str, marks: Marks) -> None:
        self._marks.setdefault(name, Marks(origin=marks.origin)).merge(marks)

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
