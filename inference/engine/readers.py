"""Pictures with known labels, from folders, one case at a time: PNG (and its kin) or NIfTI."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
from PIL import Image

from inference.engine.protocol import SegmenterError

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"}
VOLUMES = (".nii.gz", ".nii")
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """One picture, uint8[h, w, 3], and what is known on it: label -> bool[h, w] (not empty)."""

    image: npt.NDArray[np.uint8]
    masks: dict[str, Mask]


@dataclass(frozen=True)
class Case:
    """A picture or a volume; `slices` in order, those without any label included."""

    name: str
    is_volume: bool
    slices: list[Slice]


def stem(path: Path) -> str:
    """The file name without its extension, `.nii.gz` counting as one."""
    for extension in VOLUMES:
        if path.name.endswith(extension):
            return path.name.removesuffix(extension)
    return path.stem


def _files(place: Path) -> list[Path]:
    if not place.exists():
        raise SegmenterError(f"There is no file or folder {place}.")
    found = sorted(place.iterdir()) if place.is_dir() else [place]
    return [p for p in found if p.name.endswith(VOLUMES) or p.suffix.lower() in PICTURES]


def pairs(images: Path, labels: Path) -> list[tuple[Path, list[Path]]]:
    """Images with their label files: the one of the same name, or all called `<image>_<label>...` (one mask each).

    Two single files belong together whatever they are called. Raises `SegmenterError` when nothing fits.
    """
    pictures, known = _files(images), _files(labels)
    if len(pictures) == len(known) == 1:
        return [(pictures[0], known)]
    same = {stem(path): path for path in known}
    found = []
    for picture in pictures:
        name = stem(picture)
        own = [same[name]] if name in same else [path for path in known if stem(path).startswith(f"{name}_")]
        if own:
            found.append((picture, own))
    if not found:
        raise SegmenterError(f"No image in {images} has a label file of its name in {labels}.")
    return found


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """uint8[h, w, 3]; sixteen-bit pictures are scaled by their 0.5 and 99.5 percentiles."""
    try:
        with Image.open(path) as picture:
            if picture.mode.startswith(("I", "F")):
                return to_display(np.asarray(picture, np.float32))
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError) as error:
        raise SegmenterError(f"{path} is not a picture that can be read.") from error


def to_display(values: npt.NDArray[np.float32], window: tuple[float, float] | None = None) -> npt.NDArray[np.uint8]:
    """Grey values of any range -> uint8[..., 3]: by a `window` (level, width), else the 0.5-99.5 percentiles."""
    if window:
        low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    else:
        low, high = (float(v) for v in np.percentile(values, [0.5, 99.5]))
    scaled = np.clip((values - low) / max(high - low, 1e-6), 0, 1)
    return np.repeat(np.round(255 * scaled).astype(np.uint8)[..., None], 3, -1)


def _by_value(labels: npt.NDArray[np.int64]) -> dict[str, Mask]:
    return {str(value): labels == value for value in np.unique(labels) if value != 0}


def _read_labels(path: Path) -> npt.NDArray[np.int64]:
    try:
        with Image.open(path) as picture:
            values = np.asarray(picture if picture.mode != "1" else picture.convert("L"))
    except (OSError, ValueError) as error:
        raise SegmenterError(f"{path} is not a label picture that can be read.") from error
    return values[..., 0].astype(np.int64) if values.ndim == 3 else values.astype(np.int64)


def picture_case(image: Path, labels: list[Path]) -> Case:
    """A picture with a label map of its name, or with one mask a file (whatever is not 0 belongs to the label)."""
    picture, name = read_picture(image), stem(image)
    masks: dict[str, Mask] = {}
    for path in labels:
        values = _read_labels(path)
        if values.shape != picture.shape[:2]:
            raise SegmenterError(f"{path.name} is {values.shape}, its picture {image.name} is {picture.shape[:2]}.")
        if len(labels) == 1 and stem(path) == name:
            masks = _by_value(values)
        elif values.any():
            label = stem(path).removeprefix(f"{name}_").rstrip("0123456789").rstrip("_") or "object"
            masks[label] = masks.get(label, np.zeros(values.shape, bool)) | (values != 0)
    return Case(name, False, [Slice(picture, masks)])


def volume_case(image: Path, labels: Path, window: tuple[float, float] | None) -> Case:
    """A volume cut as it was acquired: across the axis of the widest spacing (the last one where all are alike)."""
    try:
        source: Any = nib.load(image)
        known: Any = nib.load(labels)
        values = np.asarray(source.dataobj, np.float32)
        marks = np.asarray(known.dataobj).round().astype(np.int64)
    except Exception as error:  # nibabel raises half a dozen kinds for files that are not NIfTI
        raise SegmenterError(f"{image.name} and {labels.name} could not be read as NIfTI: {error}") from error
    if values.ndim != 3 or values.shape != marks.shape:
        raise SegmenterError(f"{image.name} {values.shape} and {labels.name} {marks.shape} must be alike and 3-D.")
    spacing = np.round(np.array(source.header.get_zooms()[:3], float), 3)
    axis = 2 - int(np.argmax(spacing[::-1]))
    display = to_display(values, window)
    slices = [Slice(np.take(display, k, axis), _by_value(np.take(marks, k, axis))) for k in range(values.shape[axis])]
    return Case(stem(image), True, slices)


def cases(images: Path, labels: Path, *, window: tuple[float, float] | None = None, limit: int = 0) -> Iterator[Case]:
    """All cases (the first `limit`, if given) of two folders or two files."""
    found = pairs(images, labels)
    for image, own in found[: limit or None]:
        if image.name.endswith(VOLUMES):
            yield volume_case(image, own[0], window)
        else:
            yield picture_case(image, own)
