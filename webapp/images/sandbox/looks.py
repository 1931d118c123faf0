"""What a file looks like before anything is made of it: on which grid it lies, and whether it is a label map."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from PIL import Image as Pillow

from webapp.images.sandbox import volumes
from webapp.images.sandbox.limits import check_picture
from webapp.images.sandbox.pictures import FORMATS

_ITK = (".nrrd", ".mha")
_FLAT = 0.8  # share of labelled pixels whose neighbour bears the same number
_FLAT_IF_FEW = 0.6
_FEW = 8  # numbers
_MOST = 4096


def read_grid(*, path: str, out: Path) -> dict[str, Any]:
    """`grid`: size, and of volumes the affine; `may_be_labels`: whether it holds one number a pixel."""
    if _is_volume(path):
        if path.lower().endswith(_ITK):
            values, affine = volumes.read_values(path)
            shape: tuple[int, ...] = values.shape
        else:
            image: Any = nib.load(path)
            shape, affine = image.shape, image.affine
        return {"grid": [*(int(side) for side in shape), *np.round(affine, 2).ravel().tolist()], "may_be_labels": True}
    with Pillow.open(path, formats=FORMATS) as picture:
        may_be_labels = picture.format not in {"JPEG", "WEBP"} and picture.mode in {"1", "L", "P", "I", "I;16", "I;16B"}
        return {"grid": [*picture.size, getattr(picture, "n_frames", 1)], "may_be_labels": may_be_labels}


def read_flat(*, path: str, out: Path) -> dict[str, Any]:
    """`flat`: whether the values are whole numbers in even areas on 0, as labels are and pictures are not."""
    if _is_volume(path):
        return {"flat": is_flat(volumes.read_values(path)[0])}
    with Pillow.open(path, formats=FORMATS) as picture:
        check_picture(*picture.size)
        return {"flat": is_flat(np.asarray(picture))}


def is_flat(values: np.ndarray) -> bool:
    """See `read_flat`; `values`: [h, w] or [ni, nj, nk] of any real type."""
    if values.dtype == bool:
        return bool(values.any()) and not values.all()
    if values.dtype.kind not in "iuf" or not values.size:
        return False
    low, high = float(values.min()), float(values.max())
    if not (low == 0 and 0 < high <= 65535):
        return False
    if values.dtype.kind == "f" and not (values == np.rint(values)).all():
        return False
    whole = values.astype(np.uint16)
    numbers = len(np.flatnonzero(np.bincount(whole.ravel(order="K"))))
    if numbers == 2:
        return True
    ones, others = whole[:-1], whole[1:]
    inside = ones > 0
    alike = float((ones == others)[inside].mean()) if inside.any() else 0.0
    return numbers <= _MOST and alike >= (_FLAT_IF_FEW if numbers <= _FEW else _FLAT)


def _is_volume(path: str) -> bool:
    return path.lower().endswith((".nii", ".nii.gz", *_ITK))
