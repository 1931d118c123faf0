"""COCO: one JSON file with images, categories and annotations, in pixels of the originals.

Beyond the standard, each image says what is known of it: `labelled` categories (asked and answered, also where nothing
was found) and `ignore` ones, of which nobody said anything (I11). Streamed: images go straight out, annotations through
a temporary file, because COCO wants one list after the other.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from itertools import count, groupby
from typing import IO, Any, BinaryIO

from quality.domain import masks
from webapp.exports.rows import Dataset, Row


def write(dataset: Dataset, rows: Iterable[Row], out: BinaryIO) -> None:
    categories = {key: dataset.value(key) for key, _ in dataset.labels}
    head = {
        "info": {"description": dataset.title, "date_created": dataset.exported_at, "goldvein": dataset.header()},
        "licenses": [{"id": 1, "name": dataset.licence, "url": ""}],
        "categories": [{"id": categories[key], "name": key, "supercategory": name} for key, name in dataset.labels],
    }
    out.write(json.dumps(head)[:-1].encode() + b', "images": [')
    with tempfile.TemporaryFile("w+b") as annotations:
        numbers = count(1)
        for image_id, (_, group) in enumerate(groupby(rows, key=lambda row: row.image), start=1):
            tasks = list(group)
            _item(out, _image(image_id, tasks, categories), first=image_id == 1)
            for task in tasks:
                for entry in _annotations(task, dataset.kind, image_id, categories):
                    number = next(numbers)
                    _item(annotations, {"id": number, **entry}, first=number == 1)
        out.write(b'], "annotations": [')
        annotations.seek(0)
        while chunk := annotations.read(1 << 20):
            out.write(chunk)
    out.write(b"]}")


def _item(out: IO[bytes], value: dict[str, Any], *, first: bool) -> None:
    out.write((b"" if first else b",\n") + json.dumps(value).encode())


def _image(image_id: int, tasks: list[Row], categories: dict[str, int]) -> dict[str, Any]:
    answered: set[int] = set()
    for task in tasks:
        if task.is_labelled:
            answered |= {categories[task.label]} if task.label else set(categories.values())
    row = tasks[0]
    return {
        "id": image_id,
        "file_name": row.name,
        "width": row.width,
        "height": row.height,
        "license": 1,
        "goldvein": {
            "image": row.image,
            "group": row.group,
            "crop": list(row.placement.crop),
            "labelled": sorted(answered),
            "ignore": sorted(set(categories.values()) - answered),
            **({"volume": row.slice.volume, "axis": row.slice.axis, "slice": row.slice.index} if row.slice else {}),
        },
    }


def _annotations(row: Row, kind: str, image_id: int, categories: dict[str, int]) -> Iterator[dict[str, Any]]:
    if not row.is_labelled or row.answer is None or row.answer["kind"] == "nothing":
        return
    common = {
        "image_id": image_id,
        "iscrowd": 0,
        "goldvein": {
            "task": row.task,
            "source": row.source,
            "uncertainty": row.uncertainty,
            "votes": len(row.votes),
            "version": row.version,
            "gold": row.is_gold,
        },
    }
    if kind == "class":
        key = row.answer["label"]
        extra = {"score": row.probabilities[key]} if key in row.probabilities else {}
        crop = row.placement.crop
        box = [crop[0], crop[1], crop[2] - crop[0], crop[3] - crop[1]]
        yield {**common, **extra, "category_id": categories[key], "bbox": box, "area": box[2] * box[3]}
    elif kind == "box":
        for (x1, y1, x2, y2), key in row.boxes():
            box_ = [x1, y1, x2 - x1, y2 - y1]
            yield {**common, "category_id": categories[key], "bbox": box_, "area": box_[2] * box_[3]}
    else:
        mask = row.mask()
        edges = masks.bbox(mask)
        if edges is not None:
            left, top, right, bottom = edges
            yield {
                **common,
                "category_id": categories[row.label or ""],
                "segmentation": masks.encode(mask),
                "bbox": [left, top, right - left, bottom - top],
                "area": int(mask.sum()),
            }
