"""Volumes as the site shows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from synth.errors import DataError


@dataclass(frozen=True)
class Volume:
    """`level` float32[x, y, z] of 0-1, axes as close to RAS+ as the file's can be turned; `axes` int64[3, 2]: of each
    of the file's own axes, which of these it is and whether it runs that way (1) or against it (-1)."""

    level: np.ndarray
    axes: np.ndarray

    def slice(self, axis: int, index: int) -> np.ndarray:
        """uint8[h, w, 3] as the site shows it: seen from the feet, from the front, or from the left."""
        shown = np.rint(display(self.level, axis, index) * 255).astype(np.uint8)
        return np.repeat(shown[..., None], 3, axis=2)

    def own_slice(self, axis: int, index: int) -> np.ndarray:
        """The same, for an axis and an index of the file's own."""
        across, way = (int(n) for n in self.axes[axis])
        length = self.level.shape[across]
        if not 0 <= index < length:
            raise DataError(f"There is no slice {index}; the volume has {length} that way.")
        return self.slice(across, index if way > 0 else length - 1 - index)


def read_volume(path: Path) -> Volume:
    """A NIfTI file, grey levels from the 0.5th to the 99.5th percentile."""
    voxels, axes = voxels_of(path)
    low, high = np.percentile(voxels[np.isfinite(voxels)], [0.5, 99.5])
    return Volume(np.clip((np.nan_to_num(voxels) - low) / max(high - low, 1e-30), 0, 1), axes)


def voxels_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """float32[x, y, z] of a NIfTI file, and `Volume.axes`."""
    try:
        image: Any = nib.load(path)
        axes = nib.io_orientation(image.affine)
        voxels: np.ndarray = np.asarray(nib.as_closest_canonical(image).dataobj, dtype=np.float32)
    except (OSError, ValueError, EOFError, nib.filebasedimages.ImageFileError) as error:
        raise DataError(f"{path.name} cannot be read as NIfTI.") from error
    if voxels.ndim != 3:
        raise DataError(f"{path.name} should have three dimensions; it has {voxels.ndim}.")
    return voxels, axes


def display(values: np.ndarray, axis: int, index: int) -> np.ndarray:
    """[h, w] of [x, y, z]: the display runs to the left, back and feet."""
    shown: np.ndarray = np.take(values, index, axis=axis)[::-1, ::-1].T
    return shown
