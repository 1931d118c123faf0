"""JSON: COCO (boxes, polygons, run lengths), and what the values of label maps stand for (`labels.json`, nnU-Net)."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from webapp.images.importers.labels.base import LabelReader, text_of
from webapp.images.importers.marks import Labels, Marks
from webapp.images.sandbox.limits import BadFile

_PICTURES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".nii", ".nii.gz", ".nrrd", ".mha")


class JsonFiles(LabelReader):
    name = "json"

    def claims(self, name: str, head: bytes, names: frozenset[str]) -> bool:
        return name.lower().endswith(".json")

    def read(self, name: str, path: Path, labels: Labels) -> Iterator[str]:
        try:
            content = json.loads(text_of(path))
        except (ValueError, RecursionError):
            raise BadFile("Expected JSON; the file is none.") from None
        if isinstance(content, dict) and isinstance(content.get("images"), list) and "annotations" in content:
            yield from _coco(name, content, labels)
        elif values := _values(name, content):
            labels.values.update(values)
        elif links := _links(content):
            labels.links.update(links)
        else:
            raise BadFile(
                "Expected COCO (images, annotations, categories), labels.json (value: name) or the label files of each "
                "picture; got something else."
            )


def _values(name: str, content: Any) -> dict[int, str]:
    """`{"1": "liver"}` or `{"liver": 1}`, bare or under `labels` as nnU-Net writes it; 0 is background."""
    if isinstance(content, dict) and isinstance(content.get("labels"), dict):
        content = content["labels"]
    elif PurePosixPath(name).name not in {"labels.json", "dataset.json"}:
        return {}
    if not isinstance(content, dict):
        return {}
    values = {}
    for left, right in content.items():
        number, word = (left, right) if str(left).isdigit() else (right, left)
        if not str(number).isdigit() or not isinstance(word, str):
            return {}
        if int(number) > 0:
            values[int(number)] = word
    return values


def _links(content: Any) -> dict[str, str]:
    """Label file -> picture, from `{"a.png": ["a_liver.png", ...]}` or `{"a_liver.png": "a.png"}` (SA-Med2D)."""
    links = {}
    for left, right in content.items() if isinstance(content, dict) else ():
        pairs = [(label, left) for label in right] if isinstance(right, list) else [(left, right)]
        for label, picture in pairs:
            if not (isinstance(label, str) and isinstance(picture, str) and _is_file(label) and _is_file(picture)):
                return {}
            links[label] = picture
    return links


def _is_file(text: str) -> bool:
    return text.lower().endswith(_PICTURES)


def _coco(name: str, content: dict[str, Any], labels: Labels) -> Iterator[str]:
    try:
        categories = {entry["id"]: str(entry["name"]) for entry in content.get("categories", [])}
        images = {entry["id"]: entry for entry in content["images"]}
        annotations = list(content["annotations"] or [])
        with_shapes = any(a.get("segmentation") for a in annotations)
        for image in images.values():
            size = (int(image["width"]), int(image["height"])) if image.get("width") and image.get("height") else None
            shapes: list[Any] | None = [] if with_shapes else None
            covers = tuple(categories.values()) if with_shapes else ()
            labels.add(str(image["file_name"]), Marks(boxes=[], shapes=shapes, covers=covers, size=size, origin=name))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadFile("Expected COCO with id and file_name for each image, id and name for each category.") from None
    for number, annotation in enumerate(annotations):
        try:
            image = images[annotation["image_id"]]
            label = categories[annotation["category_id"]]
            marks = Marks(origin=name)
            if annotation.get("segmentation"):
                marks.shapes = [(label, annotation["segmentation"])]
            x, y, width, height = (float(v) for v in annotation["bbox"])
            marks.boxes = [(x, y, x + width, y + height, label)]
        except (KeyError, TypeError, ValueError):
            yield f"annotation {number}: expected a known image_id, category_id and bbox [x, y, width, height]."
        else:
            labels.add(str(image["file_name"]), marks)
