"""What the site exports of its labels (`csv`: tables, folder or zip) as training data.

    manifest.json    kind of the project and its labels
    labels.csv       a row a task: name of the picture's file, crop, slice, answer in pixels of the original, quality

The pictures are not in it: they are the files that were imported, found by their names. Known answers (gold) and what
nobody labelled are left out, of the crowd's labels those whose expected quality is below a bar. Syahmi et al. 2024
admitted to their training what had a Dice above .95.
"""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from synth import manifest
from synth.data import Labelled, squares
from synth.errors import DataError
from synth.scenes import PICTURES, VOLUMES, Scene, grid_of, number_parts, read_picture
from synth.volumes import Volume, read_volume

MIN_QUALITY = 0.95
COLUMNS = ("image", "name", "group", "asked", "state", "answer", "source", "gold", "quality", "crop", "axis", "slice")
_PART = re.compile(r" cell \d+$")
_SLICE = re.compile(r" slice \d+$")
_PAGE = re.compile(r" page \d+$")
_FIELD = 64 * 2**20  # characters of a mask's run lengths at most


@dataclass(frozen=True)
class Task:
    """A row. `answer` as in a gold pack, None where nobody labelled it or the label is not good enough; `source`: whose
    label it is; `crop` (x1, y1, x2, y2), px of the original; `axis` and `index` of a volume's own, or None."""

    image: str
    name: str
    group: str
    asked: str
    answer: dict[str, Any] | None
    source: str
    crop: tuple[int, int, int, int]
    axis: int | None
    index: int | None


@dataclass(frozen=True)
class Export:
    """`kind` of the answers, `keys` of the labels, and a task a row, those of a picture together."""

    kind: str
    keys: tuple[str, ...]
    tasks: tuple[Task, ...]

    @property
    def labels_from(self) -> dict[str, int]:
        """How many labels are whose: crowd, revised (by a moderator), expert."""
        return dict(Counter(task.source for task in self.tasks if task.answer is not None))


def read_export(path: Path, kind: str, *, min_quality: float = MIN_QUALITY) -> Export:
    """The export at `path` of a project of `kind`; labels of the crowd below `min_quality` (0-1) count as not given."""
    text = _text(path, "manifest.json")
    try:
        head = json.loads(text)
        keys = tuple(label["key"] for label in head["labels"])
        given = head["kind"]
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"manifest.json of {path} is not that of an export of labels.") from error
    if given != kind:
        raise DataError(f"This model learns from {kind} answers; {path} holds {given} answers.")
    csv.field_size_limit(_FIELD)
    reader = csv.DictReader(io.StringIO(_text(path, "labels.csv"), newline=""))
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise DataError(f"labels.csv of {path} lacks the column {missing[0]}; the site's `csv` export has it.")
    tasks = []
    for line, row in enumerate(reader, start=2):
        try:
            if row["gold"] == "0":
                tasks.append(_task(row, kind, set(keys), min_quality))
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"Line {line} of labels.csv of {path} cannot be read: {error}.") from error
    tasks.sort(key=lambda task: (task.name, task.image))  # a file is read once
    found = Export(kind, keys, tuple(tasks))
    if not found.labels_from:
        raise DataError(f"{path} holds no label with an expected quality of {min_quality:g} or more.")
    return found


def picture_of(task: Task, pictures: "Pictures") -> tuple[np.ndarray, Path]:
    """uint8[h, w, 3] of what was shown in the task, and its file."""
    pixels, path = pictures.of(task)
    x1, y1, x2, y2 = task.crop
    if not (0 <= x1 < x2 <= pixels.shape[1] and 0 <= y1 < y2 <= pixels.shape[0]):
        size = f"{pixels.shape[1]} x {pixels.shape[0]} px"
        raise DataError(f"{task.name} was {task.crop} of its original; {path.name} has {size}.")
    return pixels[y1:y2, x1:x2], path


def export_labelled(export: Export, folder: Path, *, size: int | None) -> Labelled:
    """Pictures of a class project and their labels; see `read_labelled`."""
    pictures = Pictures(folder)
    tasks = [(task, task.answer["label"]) for task in export.tasks if task.answer is not None]
    shown = [(task.name, *picture_of(task, pictures)) for task, _ in tasks]
    keys = tuple(sorted({label for _, label in tasks}))
    return Labelled(
        pixels=squares(((name, pixels) for name, pixels, _ in shown), size),
        labels=np.array([keys.index(label) for _, label in tasks]),
        keys=keys,
        groups=tuple(task.group or task.name for task, _ in tasks),
        files=tuple(path for _, _, path in shown),
        labels_from=export.labels_from,
    )


def export_scenes(export: Export, folder: Path) -> tuple[list[Scene], list[Scene]]:
    """Scenes of a mask project, labelled ones and others: of an other no or not every label is known, and what is not
    labelled is not background."""
    pictures = Pictures(folder)
    labelled: list[Scene] = []
    others: list[Scene] = []
    for _, group in groupby(export.tasks, key=lambda task: task.image):
        tasks = list(group)
        scene, complete = _scene(export.keys, tasks, pictures)
        (labelled if complete else others).append(scene)
    if not labelled:
        raise DataError(f"No picture of the export has good labels for all of {', '.join(export.keys)}.")
    return labelled, others


def _scene(keys: Sequence[str], tasks: list[Task], pictures: "Pictures") -> tuple[Scene, bool]:
    first = tasks[0]
    pixels, path = picture_of(first, pictures)
    known = {task.asked: task.answer for task in tasks if task.answer is not None}
    complete = set(known) >= set(keys)
    marked = [(key, _mask(known[key], first, pictures)) for key in keys if complete]
    objects, kinds = number_parts(marked, pixels.shape[:2])
    is_slice = first.index is not None
    scene = Scene(pixels, objects, kinds, first.name, first.group or first.name, grid_of(path), is_slice)
    return scene, complete


def _mask(answer: dict[str, Any], task: Task, pictures: "Pictures") -> np.ndarray:
    """bool[h, w] of what was shown."""
    height, width = pictures.of(task)[0].shape[:2]
    if answer["kind"] == "mask" and answer["rle"]["size"] != [height, width]:
        rows, columns = answer["rle"]["size"]
        raise DataError(f"{task.name}: its label is {columns} x {rows} px, the picture {width} x {height} px.")
    x1, y1, x2, y2 = task.crop
    return manifest.answer_mask(answer, (height, width))[y1:y2, x1:x2]


class Pictures:
    """The imported files under a folder, by the names that the site gave their pictures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_name: dict[str, list[Path]] = {}
        for path in sorted(folder.rglob("*")):
            if path.name.lower().endswith((*PICTURES, *VOLUMES)):
                self._by_name.setdefault(path.name, []).append(path)
        self._last: tuple[Path, np.ndarray | Volume] | None = None

    def of(self, task: Task) -> tuple[np.ndarray, Path]:
        """uint8[h, w, 3], the whole original as displayed, and its file."""
        name = _SLICE.sub("", _PART.sub("", task.name))
        if _PAGE.search(name):
            raise DataError(f"{name}: of files with several pages no picture can be learnt from.")
        path = self._path(name)
        if self._last is None or self._last[0] != path:
            is_volume = path.name.lower().endswith(VOLUMES)
            self._last = path, read_volume(path) if is_volume else read_picture(path)
        opened = self._last[1]
        if isinstance(opened, np.ndarray):
            return opened, path
        if task.axis is None or task.index is None:
            raise DataError(f"{task.name} is a volume, but the export names no slice of it.")
        return opened.own_slice(task.axis, task.index), path

    def _path(self, name: str) -> Path:
        """The file of that path, or else the only one of that name: folders may have been moved since the import."""
        found = self._by_name.get(name.rsplit("/", 1)[-1], [])
        exact = [path for path in found if path.relative_to(self.folder).as_posix() == name]
        if len(exact or found) != 1:
            much = "is not there" if not found else f"is there {len(found)} times"
            raise DataError(f"The export has labels of {name}, which {much} under {self.folder}.")
        return (exact or found)[0]


def _task(row: dict[str, str], kind: str, keys: set[str], min_quality: float) -> Task:
    crop = [int(edge) for edge in json.loads(row["crop"])]
    answer = None
    said = row["state"] == "labelled" or (row["state"] == "nothing" and kind != "class")
    if said and (not row["quality"] or float(row["quality"]) >= min_quality):
        raw = json.loads(row["answer"])
        size = tuple(raw["rle"]["size"]) if raw.get("kind") == "mask" else (crop[3], crop[2])
        answer = manifest.check_answer(raw, kind, keys, size)
    return Task(
        image=row["image"],
        name=row["name"],
        group=row["group"],
        asked=row["asked"],
        answer=answer,
        source=row["source"],
        crop=(crop[0], crop[1], crop[2], crop[3]),
        axis=int(row["axis"]) if row["axis"] else None,
        index=int(row["slice"]) if row["slice"] else None,
    )


def _text(path: Path, name: str) -> str:
    try:
        if path.is_dir():
            return (path / name).read_text("utf-8")
        with zipfile.ZipFile(path) as archive:
            return archive.read(name).decode("utf-8")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is no export of labels: a folder or zip with labels.csv and manifest.json.") from error
