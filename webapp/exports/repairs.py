"""What an export may do to the masks of a volume beyond putting answers together: nothing, unless it is asked for.

Whatever is asked for is said in the manifest, label by label and slice by slice. Ends of an organ and absent organs
are never made up: they stay `ignore` (I11).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.engine.volumes.assemble import Answers, Assembled, assemble, to_labels
from webapp.exports.rows import IGNORE, Dataset, Row, Slice

LONGEST = 1  # slices missing in a row that are filled
REPAIRS = {
    "fill": "Fill single slices that nobody answered between two marked ones (by signed distances)",
    "largest": "Keep only the largest connected part of each label in each volume",
    "smooth": "Even out steps between slices",
}


@dataclass
class Record:
    """What was done to one volume: slices `filled`, and voxels `changed` on answered slices, by label key."""

    filled: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)


def _plane(row: Row) -> np.ndarray:
    """bool[h, w] in the order of the volume's array."""
    assert row.slice is not None
    return row.slice.turn.undo(row.mask())


def repair(dataset: Dataset, plain: np.ndarray, rows: Sequence[Row]) -> tuple[np.ndarray, Record]:
    """(label volume, what was done) for all rows of one volume, whose slices lie along one axis.

    `plain` uint8[ni, nj, nk] is the volume without repairs; what no picture showed is ignored there and stays so.
    """
    places = [row.slice for row in rows if row.slice is not None]
    axis = places[0].axis
    planes = np.moveaxis(plain, axis, 0)
    record = Record()
    labels = to_labels(_labels(dataset, rows, planes.shape, record))
    unseen = _unseen(rows, places, planes.shape)
    for filled in record.filled.values():
        for k in filled:
            unseen[k] = unseen[k - 1] | unseen[k + 1]
    labels[unseen] = IGNORE
    return np.moveaxis(labels, 0, axis), record


def _labels(
    dataset: Dataset, rows: Sequence[Row], shape: tuple[int, ...], record: Record
) -> Iterator[tuple[int, Assembled]]:
    """Label after label, for one volume of masks is large."""
    asked = dataset.repairs
    for key, _ in dataset.labels:
        answered = {row.slice.index: _plane(row) for row in rows if row.slice and row.label == key and row.is_labelled}
        marked = {k: plane for k, plane in answered.items() if plane.any()}
        built = assemble(
            Answers(marked, frozenset(answered) - frozenset(marked)),
            shape[0],
            (shape[1], shape[2]),
            longest=LONGEST if "fill" in asked else 0,
            one_part="largest" in asked,
            even="smooth" in asked,
        )
        record.filled[key] = list(built.filled)
        record.changed[key] = sum(int((built.mask[k] ^ plane).sum()) for k, plane in answered.items())
        yield dataset.value(key), built


def _unseen(rows: Iterable[Row], places: Iterable[Slice], shape: tuple[int, ...]) -> np.ndarray:
    """bool[slices, h, w]: pixels that lie outside what the pictures showed; slices without a picture are not among."""
    unseen = np.zeros(shape, dtype=bool)
    for row, where in zip(rows, places, strict=True):
        outside = np.ones((row.height, row.width), dtype=bool)
        x1, y1, x2, y2 = row.placement.crop
        outside[y1:y2, x1:x2] = False
        unseen[where.index] = where.turn.undo(outside)
    return unseen


def along_one_axis(rows: Iterable[Row]) -> bool:
    """Whether all slices of a volume lie along one axis, as repairs between neighbours need."""
    return len({row.slice.axis for row in rows if row.slice}) == 1


def for_manifest(record: Record) -> dict[str, Any]:
    return {"filled": {k: v for k, v in record.filled.items() if v}, "changed_voxels": record.changed}
