"""One file a format. A writer takes rows and writes bytes; it knows no database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from webapp.exports.rows import Dataset, Row
from webapp.exports.writers import coco, nifti, png, tables, votes


@dataclass(frozen=True)
class Writer:
    """`write(dataset, rows, out)`; `kinds` are the kinds of question that the format can hold; `volumes`: it writes
    whole volumes, which `repairs.REPAIRS` may be asked for."""

    title: str
    suffix: str
    kinds: tuple[str, ...]
    write: Callable[[Dataset, Iterable[Row], BinaryIO], None]
    volumes: bool = False


WRITERS = {
    "coco": Writer("COCO (JSON)", ".json", ("class", "box", "mask"), coco.write),
    "png": Writer("Label images (PNG)", ".zip", ("mask",), png.write),
    "nifti": Writer("Label volumes (NIfTI)", ".zip", ("mask",), nifti.write, volumes=True),
    "csv": Writer("Tables with votes and weights (CSV)", ".zip", ("class", "box", "mask"), tables.write),
    "votes": Writer("Votes to fuse again (quality.aggregate)", ".zip", ("class", "box", "mask"), votes.write),
}
