"""Label volumes: a zip with one NIfTI a series, of the shape and affine of the original.

Slices that were not asked about, or not answered, are 255 throughout (I11), but for those that the export was asked to
fill: the manifest names them.
"""

import gzip
import json
import re
import zipfile
from collections.abc import Iterable
from itertools import groupby
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np

from webapp.exports.repairs import along_one_axis, for_manifest, repair
from webapp.exports.rows import IGNORE, Dataset, Row, Volume
from webapp.exports.writers.label_maps import label_map
from webapp.exports.writers.png import safe_name


def write(dataset: Dataset, rows: Iterable[Row], out: BinaryIO) -> None:
    """Rows of pictures that belong to no volume are listed in the manifest as left out."""
    listed: list[dict[str, Any]] = []
    left_out = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, group in groupby(rows, key=lambda row: row.slice.volume if row.slice else None):
            if number is None:
                left_out += len(list(group))
                continue
            volume = dataset.volumes[number]
            name = f"labels/{safe_name(_stem(volume.name))}-{number}.nii.gz"
            tasks = list(group)
            labels, slices = _assemble(dataset, volume, tasks)
            repaired: dict[str, Any] = {}
            if dataset.repairs and along_one_axis(tasks):
                labels, record = repair(dataset, labels, tasks)
                repaired = for_manifest(record)
            archive.writestr(name, gzip.compress(nib.Nifti1Image(labels, volume.affine).to_bytes(), 6))
            item = {"file": name, "volume": volume.name, "slices": slices, "shape": list(volume.shape)}
            listed.append({**item, **repaired})
        manifest = {**dataset.header(), "items": listed, "tasks_of_no_volume": left_out}
        if dataset.repairs:
            manifest["repairs"] = list(dataset.repairs)
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))


def _stem(name: str) -> str:
    """A volume's name without the ending of its file."""
    return re.sub(r"\.(nii|hdr|img|nrrd|mha)(\.gz)?$", "", name, flags=re.IGNORECASE)


def _assemble(dataset: Dataset, volume: Volume, rows: Iterable[Row]) -> tuple[np.ndarray, int]:
    """(uint8 volume, number of slices somebody labelled)."""
    labels = np.full(volume.shape, IGNORE, dtype=np.uint8)
    slices = 0
    for _, group in groupby(rows, key=lambda row: row.image):
        tasks = list(group)
        where = tasks[0].slice
        assert where is not None
        plane: list[Any] = [slice(None)] * 3
        plane[where.axis] = where.index
        labels[tuple(plane)] = where.turn.undo(label_map(dataset, tasks))
        slices += any(task.is_labelled for task in tasks)
    return labels, slices
