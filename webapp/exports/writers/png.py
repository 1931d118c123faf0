"""Label images: a zip with one PNG a picture, of the size of its original, and a manifest."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from itertools import groupby
from typing import Any, BinaryIO

from PIL import Image as Pillow

from webapp.exports.rows import Dataset, Row
from webapp.exports.writers.label_maps import label_map


def write(dataset: Dataset, rows: Iterable[Row], out: BinaryIO) -> None:
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for _, group in groupby(rows, key=lambda row: row.image):
            tasks = list(group)
            name = f"labels/{safe_name(tasks[0].name)}-{tasks[0].image[:8]}.png"
            buffer = io.BytesIO()
            Pillow.fromarray(label_map(dataset, tasks)).save(buffer, "PNG")
            archive.writestr(name, buffer.getvalue())
            asked = {t.label: ("labelled" if t.is_labelled else "ignore") for t in tasks}
            listed.append({"file": name, "image": tasks[0].name, "group": tasks[0].group, "labels": asked})
        archive.writestr("manifest.json", json.dumps({**dataset.header(), "items": listed}, indent=1))


def safe_name(name: str) -> str:
    """A file name that is safe on every system, still recognisable."""
    return re.sub(r"[^\w.-]+", "_", name.rsplit("/", 1)[-1]).strip("._")[:80] or "image"
