"""From what label files say (`Marks`, original pixels, the file's words) to what is known of the served picture."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from django.utils.text import slugify
from skimage.draw import polygon

from quality.domain import masks
from webapp.accounts.models import StaffMember
from webapp.images.geometry import Placement
from webapp.images.importers.marks import IGNORED, MISSING, UNLABELLED, Marks
from webapp.images.known import KnownLabels
from webapp.projects.models import Project
from webapp.projects.services import ProjectError, add_labels


class LabelSet:
    """Which of the project's labels a file's word means. Unknown words are counted, or become labels.

    A word is looked up in `names` (the moderator's own table), then as a key or a name of the project's set, in any
    case and with blanks, hyphens or underscores.
    """

    def __init__(
        self, project: Project, *, names: Mapping[str, str], create: bool | None, by: StaffMember | None
    ) -> None:
        self._project = project
        self._by = by
        self._names = {str(word).strip().lower(): key for word, key in names.items()}
        self._known: dict[str, str] = {}
        labels = list(project.labels.all())
        for label in labels:
            for word in (label.key, label.name):
                self._known.setdefault(_spelt(word), label.key)
        self._known |= {label.key: label.key for label in labels}
        self._create = not labels if create is None else create
        self.in_order = [label.key for label in labels]
        self.unknown: Counter[str] = Counter()
        self.partly = 0  # pictures whose label map says of some pixels that nobody looked

    def key_of(self, word: str) -> str | None:
        """The project's key; None where the word is none of its labels."""
        asked = self._names.get(word.strip().lower(), word)
        key = self._known.get(asked) or self._known.get(_spelt(asked))
        if key is not None:
            return key
        slug = slugify(asked)[:40]
        if not self._create or not slug:
            self.unknown[word] += 1
            return None
        try:
            label = add_labels(by=self._by, project=self._project, labels=[{"name": asked.strip()[:80], "key": slug}])[
                0
            ]
        except ProjectError:
            self.unknown[word] += 1
            return None
        self._known[_spelt(asked)] = self._known[slug] = label.key
        self.in_order.append(label.key)
        return label.key

    @property
    def may_add(self) -> bool:
        """Whether words that are no label of the project become labels."""
        return self._create

    def knows(self, word: str) -> bool:
        """Whether a word is one of the project's labels, without making it one."""
        asked = self._names.get(word.strip().lower(), word)
        return bool(word) and (asked in self._known or _spelt(asked) in self._known)

    def of_folder(self, folder: str) -> str | None:
        """The class of pictures in a folder of that name, where the project asks for classes and has that label."""
        return folder if self._project.kind == Project.Kind.CLASS and self.knows(folder) else None

    def every(self) -> str:
        """The label of all other values, where each value is an object: what the moderator's table says of `*`."""
        return self._names.get("*", "")

    def declared(self, by_files: Mapping[int, str]) -> dict[int, str]:
        """What values of label maps stand for by the moderator's table, else by the import's own list."""
        chosen = {int(word): key for word, key in self._names.items() if word.isdigit() and int(word) > 0}
        return chosen or dict(by_files)

    def by_order(self) -> dict[int, str]:
        """What they stand for if they count the project's labels in order, from 1."""
        return dict(enumerate(self.in_order, start=1))


def _spelt(word: str) -> str:
    return slugify(word.replace("_", " "))[:40]


def known(marks: Marks | None, *, size: tuple[int, int], placement: Placement, labels: LabelSet) -> KnownLabels:
    """What is known of a served picture; `size`: (width, height) of the original (px)."""
    if marks is None:
        return KnownLabels()
    boxes = _boxes(marks, size, placement, labels.key_of)
    found, absent = _masks(marks, size, placement, labels)
    return KnownLabels(
        label=labels.key_of(marks.label) if marks.label is not None else None,
        boxes=boxes,
        masks=found,
        absent=absent,
    )


def _boxes(
    marks: Marks, size: tuple[int, int], placement: Placement, key_of: Callable[[str], str | None]
) -> tuple[tuple[float, float, float, float, str], ...] | None:
    pixels = marks.pixel_boxes(*size)
    if pixels is None:
        return None
    served = []
    for *edges, word in pixels:
        key = key_of(word)
        box = placement.box_to_served((edges[0], edges[1], edges[2], edges[3]))
        if key is not None and box is not None:
            served.append((*box, key))
    return tuple(served)


def _masks(
    marks: Marks, size: tuple[int, int], placement: Placement, labels: LabelSet
) -> tuple[dict[str, Any] | None, frozenset[str]]:
    """Run lengths per key, and the keys without a pixel. None where the picture holds unlabelled parts."""
    planes: dict[str, np.ndarray] = {}
    for array, values in marks.layers:
        served = placement.map_to_served(array)
        unlabelled = {MISSING, UNLABELLED}.difference(values)
        unlabelled |= {value for value, word in values.items() if word.lower() == IGNORED}
        if np.isin(served, list(unlabelled)).any():
            labels.partly += MISSING not in served
            return None, frozenset()
        for value, word in values.items():
            if word.lower() != IGNORED:
                _add(planes, labels.key_of(word), served == value)
    if marks.shapes is not None:
        blank = np.zeros((placement.height, placement.width), dtype=bool)
        for word in marks.covers:
            _add(planes, labels.key_of(word), blank)
        for word, shape in marks.shapes:
            plane = _drawn(shape, size, size if marks.relative else (1, 1))
            if plane is not None:
                _add(planes, labels.key_of(word), placement.map_to_served(plane))
    if not planes:
        return None, frozenset()
    return (
        {key: masks.encode(plane) for key, plane in planes.items()},
        frozenset(key for key, plane in planes.items() if not plane.any()),
    )


def _add(planes: dict[str, np.ndarray], key: str | None, plane: np.ndarray) -> None:
    if key is not None:
        planes[key] = planes[key] | plane if key in planes else plane


def _drawn(shape: Any, size: tuple[int, int], unit: tuple[int, int]) -> np.ndarray | None:
    """A COCO segmentation as bool [h, w]: polygons [[x, y, ...]] in units of so many pixels, or run lengths; None where
    it cannot be drawn."""
    width, height = size
    try:
        if isinstance(shape, dict):
            return masks.decode(shape, size=(height, width)) if isinstance(shape["counts"], str) else _runs(shape, size)
        plane = np.zeros((height, width), dtype=bool)
        for part in shape:
            points = np.asarray(part, dtype=float).reshape(-1, 2) * unit
            # Pixel k spans [k, k+1): it belongs to the polygon where its centre does.
            rows, columns = polygon(points[:, 1] - 0.5, points[:, 0] - 0.5, plane.shape)
            plane[rows, columns] = True
        return plane
    except (ValueError, KeyError, TypeError):
        return None


def _runs(shape: Mapping[str, Any], size: tuple[int, int]) -> np.ndarray:
    """COCO's uncompressed run lengths, down the columns, background first."""
    width, height = size
    counts = np.asarray(shape["counts"], dtype=np.int64)
    if list(shape["size"]) != [height, width] or (counts < 0).any() or counts.sum() != width * height:
        raise ValueError("Expected run lengths that fill the picture.")
    return np.repeat(np.arange(counts.size) % 2 == 1, counts).reshape((height, width), order="F")
