"""CSV: one line a picture (`image,label`) or a box (`image,label,x1,y1,x2,y2`), optionally with `group`.

Column names are matched loosely; a line with neither label nor box says that there is nothing in the picture.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from webapp.images.importers.labels.base import LabelReader, text_of
from webapp.images.importers.marks import Labels, Marks
from webapp.images.sandbox.limits import BadFile

COLUMNS = {
    "image": ("image", "filename", "file", "file_name", "image_name", "path", "name", "image_id"),
    "label": ("label", "class", "category", "class_name", "cell_type", "cls", "diagnosis"),
    "x1": ("x1", "xmin", "left"),
    "y1": ("y1", "ymin", "top"),
    "x2": ("x2", "xmax", "right"),
    "y2": ("y2", "ymax", "bottom"),
    "group": ("group", "patient", "patient_id", "slide", "slide_id", "case"),
}
_EDGES = ("x1", "y1", "x2", "y2")


class CsvTable(LabelReader):
    name = "csv"

    def claims(self, name: str, head: bytes, names: frozenset[str]) -> bool:
        return name.lower().endswith((".csv", ".tsv"))

    def read(self, name: str, path: Path, labels: Labels) -> Iterator[str]:
        text = text_of(path)
        delimiter = max("\t;,", key=text.partition("\n")[0].count)
        rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
        columns = _columns(rows.fieldnames or [])
        if "image" not in columns or ("label" not in columns and "x1" not in columns):
            given = ", ".join(rows.fieldnames or [])[:120]
            raise BadFile(f"Expected columns image, label and perhaps x1, y1, x2, y2; got {given}.")
        found: list[tuple[str, Marks]] = []
        classes: dict[str, set[str]] = {}
        try:
            for row in rows:
                try:
                    picture, marks = _marks(row, columns, name)
                except ValueError as error:
                    yield f"line {rows.line_num}: {error}"
                else:
                    found.append((picture, marks))
                    if marks.label is not None:
                        classes.setdefault(picture, set()).add(marks.label)
        except csv.Error:
            raise BadFile(f"Expected comma-separated lines; line {rows.line_num} is none.") from None
        for picture, marks in found:
            if len(classes.get(picture, ())) > 1:
                marks.label = None
            labels.add(picture, marks)
        for picture, words in classes.items():
            if len(words) > 1:
                yield f"{picture[:80]!r}: expected one class; got {', '.join(sorted(words))[:80]}: none is taken."


def _columns(names: Sequence[str]) -> dict[str, str]:
    """Our name -> the file's."""
    given = {str(name).strip().lower(): name for name in names}
    found = {}
    for ours, others in COLUMNS.items():
        match = next((given[other] for other in others if other in given), None)
        if match is not None:
            found[ours] = match
    return found


def _marks(row: dict[str, str], columns: dict[str, str], origin: str) -> tuple[str, Marks]:
    values = {ours: (row.get(theirs) or "").strip() for ours, theirs in columns.items()}
    if not values["image"]:
        raise ValueError("expected the name of a picture; it is empty.")
    marks = Marks(origin=origin, group=values.get("group", ""))
    edges = [values.get(edge, "") for edge in _EDGES]
    label = values.get("label", "")
    if all(edges):
        try:
            x1, y1, x2, y2 = (float(edge) for edge in edges)
        except ValueError:
            raise ValueError(f"expected four numbers for the box; got {', '.join(edges)[:80]}.") from None
        if not all(abs(edge) < 1e7 for edge in (x1, y1, x2, y2)):
            raise ValueError("expected the box within the picture; its numbers are beyond any.")
        marks.boxes = [(x1, y1, x2, y2, label)]
    elif any(edges):
        raise ValueError(f"expected four numbers for the box; got {', '.join(edges)[:80]}.")
    elif "x1" in columns:
        marks.boxes = []
    elif label:
        marks.label = label
    return values["image"], marks
