"""Originals, kept for export without anything but values: pictures as PNG or TIFF, volumes as NIfTI.

Named by the hash of their values, so that the same original is kept once, whatever was cut from it.
"""

import io
import os
import secrets

import nibabel as nib
import numpy as np
import tifffile
from PIL import Image as Pillow

from webapp.images import store


def keep_picture(key: str, pixels: np.ndarray) -> str:
    """Keep a picture ([h, w] or [h, w, 3] of uint8, uint16 or float32); returns its name under the originals."""
    plain = pixels.dtype == np.uint8 or (pixels.dtype == np.uint16 and pixels.ndim == 2)
    name = f"pictures/{key[:2]}/{key}.{'png' if plain else 'tif'}"
    path = store.original_path(name)
    if not path.exists():
        buffer = io.BytesIO()
        if plain:
            Pillow.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=2)
        else:
            tifffile.imwrite(buffer, np.asarray(pixels), metadata=None, compression="zlib")
        store.write_whole(path, buffer.getvalue())
    return name


def keep_volume(key: str, voxels: np.ndarray, affine: np.ndarray) -> str:
    """Keep a volume as gzipped NIfTI with that affine and an otherwise empty header; returns its name."""
    name = f"volumes/{key[:2]}/{key}.nii.gz"
    path = store.original_path(name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        image = nib.Nifti1Image(voxels, affine)
        image.header.set_xyzt_units("mm")
        image.header["descrip"] = b""
        temporary = path.with_name(f"{secrets.token_hex(8)}.nii.gz")
        try:
            nib.save(image, temporary)  # straight to the disk: volumes are large
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.utime(temporary, (store.SAME_TIME, store.SAME_TIME))
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return name


def read_picture(name: str) -> np.ndarray:
    """The values of a kept picture."""
    path = store.original_path(name)
    return np.asarray(tifffile.imread(path)) if name.endswith(".tif") else np.asarray(Pillow.open(path))
