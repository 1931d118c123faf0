"""Labelled scenes: pictures or slices in which experts marked every object, read from `images/` + `labels/`.

    DIR/images/NAME.png    DIR/labels/NAME.png      a label map of the same size, 8 or 16 bit
    DIR/images/NAME.nii.gz DIR/labels/NAME.nii.gz   a volume; each axial slice that shows something is a scene

`masks/` and `instance_labels/` are taken for `labels/`. The values of a picture's label map are objects one by one
(instances), or classes whose connected parts are the objects; of a volume's they are organs, an object each a slice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from scipy import ndimage

from synth.errors import DataError
from synth.volumes import display, read_volume, voxels_of

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
VOLUMES = (".nii.gz", ".nii")
LABEL_FOLDERS = ("labels", "masks", "instance_labels")
MANY = 20  # more values than this in one label map: they number objects, not classes
_TRIES = 20  # places looked at for one tile without an object
_BLANK = 0.02  # a slice whose brightest grey level (of 0-1) is below this shows nothing


@dataclass(frozen=True)
class Scene:
    """`pixels` uint8[h, w, 3]; `objects` int32[h, w], 0 where there is none; `kinds`: object -> label key; `group`:
    patient or slide; `grid`: by how many pixels parts may be moved without breaking a pattern of the file (16 for
    JPEG, else 1); `is_slice`: of a volume."""

    pixels: np.ndarray
    objects: np.ndarray
    kinds: dict[int, str]
    name: str
    group: str
    grid: int = 1
    is_slice: bool = False

    def mask(self, key: str) -> np.ndarray:
        """bool[h, w], where an object of that label is."""
        return np.isin(self.objects, [number for number, kind in self.kinds.items() if kind == key])


def is_scenes(folder: Path) -> bool:
    return (folder / "images").is_dir() and any((folder / name).is_dir() for name in LABEL_FOLDERS)


def read_scenes(folder: Path, *, names: dict[str, str] | None = None, labelled: bool = True) -> list[Scene]:
    """All scenes of `folder`, sorted by name. `names`: label value -> key ("1" -> "liver"), values left out are no
    objects; without it every value is its own key, and numbered objects are all called "object". Not `labelled`:
    labels are not looked for, and no scene has an object."""
    labels = next((folder / name for name in LABEL_FOLDERS if (folder / name).is_dir()), None)
    if (labels is None and labelled) or not (folder / "images").is_dir():
        raise DataError(f"{folder} needs images/{' and labels/ with files of the same names' if labelled else ''}.")
    scenes: list[Scene] = []
    for path in sorted((folder / "images").rglob("*")):
        stem, ending = _split(path.name)
        marks = labels if labelled else None
        if ending in VOLUMES:
            scenes += _slices(path, marks and _partner(marks, stem, VOLUMES), stem, names)
        elif ending in PICTURES:
            scenes.append(_picture(path, marks and _partner(marks, stem, PICTURES), stem, names))
    if not scenes:
        raise DataError(f"{folder / 'images'} holds no PNG, JPEG, TIFF or NIfTI file.")
    return scenes


def tile(box: tuple[int, int, int, int], shape: tuple[int, int], size: int) -> tuple[slice, slice]:
    """A square of `size` px round a box (x1, y1, x2, y2), moved to lie within a picture of `shape` (h, w)."""
    height, width = shape
    if size > min(shape):
        raise DataError(f"A crop of {size} px does not fit into a picture of {width} x {height} px.")
    x = min(max(round((box[0] + box[2] - size) / 2), 0), width - size)
    y = min(max(round((box[1] + box[3] - size) / 2), 0), height - size)
    return slice(y, y + size), slice(x, x + size)


def squared(pixels: np.ndarray, labels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture uint8[h, w, 3] and its label map uint8[h, w], padded with 0 to a square and brought to `size` px."""
    height, width = labels.shape
    side = max(height, width)
    around = [((side - length) // 2, (side - length + 1) // 2) for length in (height, width)]
    pixels, labels = np.pad(pixels, [*around, (0, 0)]), np.pad(labels, around)
    if side != size:
        pixels = np.asarray(PillowImage.fromarray(pixels).resize((size, size), PillowImage.Resampling.LANCZOS))
        labels = np.asarray(PillowImage.fromarray(labels).resize((size, size), PillowImage.Resampling.NEAREST))
    return pixels, labels


def empty_tiles(
    scenes: list[Scene], size: int, most: int, rng: np.random.Generator
) -> list[tuple[Scene, tuple[slice, slice]]]:
    """Up to `most` tiles without an object: anywhere in pictures, in slices where others of the volume have one."""
    places: dict[str, list[tuple[int, int, int, int]]] = {}
    for scene in scenes:
        if scene.is_slice:
            places.setdefault(scene.group, []).extend(box_of(scene.objects == n) for n in scene.kinds)
    found: list[tuple[Scene, tuple[slice, slice]]] = []
    for _ in range(_TRIES * most if scenes else 0):
        scene = scenes[int(rng.integers(len(scenes)))]
        height, width = scene.objects.shape
        if scene.is_slice:
            boxes = places.get(scene.group)
            if not boxes:
                continue
            box = boxes[int(rng.integers(len(boxes)))]
        else:
            y, x = int(rng.integers(height - size + 1)), int(rng.integers(width - size + 1))
            box = x, y, x + size, y + size
        place = tile(box, (height, width), size)
        if not scene.objects[place].any():
            found.append((scene, place))
            if len(found) == most:
                break
    return found


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """(x1, y1, x2, y2), half open, of the true part of bool[h, w]."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _split(name: str) -> tuple[str, str]:
    for ending in (*VOLUMES, *PICTURES):
        if name.lower().endswith(ending):
            return name[: -len(ending)], ending
    return name, ""


def _partner(folder: Path, stem: str, endings: tuple[str, ...]) -> Path:
    for ending in endings:
        if (folder / f"{stem}{ending}").is_file():
            return folder / f"{stem}{ending}"
    raise DataError(f"{folder.name}/ has no file for {stem}.")


def _picture(path: Path, labels: Path | None, stem: str, names: dict[str, str] | None) -> Scene:
    pixels = read_picture(path)
    values = np.zeros(pixels.shape[:2], np.int64)
    if labels is not None:
        values = _opened(labels, None).astype(np.int64)
    if values.shape != pixels.shape[:2]:
        raise DataError(f"{stem}: the label map is {values.shape}, the picture {pixels.shape[:2]} (height, width).")
    present = [int(value) for value in np.unique(values) if value]
    if len(present) > MANY or (values.max() == len(present) > 2 and names is None):
        objects, kinds = values.astype(np.int32), dict.fromkeys(present, "object")
    else:
        marked = [(key, values == value) for value in present if (key := _key(value, names))]
        objects, kinds = number_parts(marked, values.shape)
    return Scene(pixels, objects, kinds, stem, stem, grid_of(path))


def _slices(path: Path, labels: Path | None, stem: str, names: dict[str, str] | None) -> Iterator[Scene]:
    volume = read_volume(path)
    values: np.ndarray = np.zeros(volume.level.shape, int)
    if labels is not None:
        values = voxels_of(labels)[0].round().astype(int)
    if volume.level.shape != values.shape:
        raise DataError(
            f"{stem}: the volume is {volume.level.shape}, its label map {values.shape}; both must be the same."
        )
    for index in range(values.shape[2]):
        shown = volume.slice(2, index)
        if shown.max() < _BLANK * 255:
            continue
        part = display(values, 2, index)
        kinds = {int(v): key for v in np.unique(part) if v and (key := _key(int(v), names))}
        objects = np.where(np.isin(part, list(kinds)), part, 0).astype(np.int32)
        yield Scene(shown, objects, kinds, f"{stem}_{index:03d}", stem, 1, True)


def read_picture(path: Path) -> np.ndarray:
    """uint8[h, w, 3]"""
    return _opened(path, "RGB")


def _opened(path: Path, mode: str | None) -> np.ndarray:
    try:
        with PillowImage.open(path) as picture:
            return np.asarray(picture if mode is None else picture.convert(mode))
    except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError) as error:
        raise DataError(f"{path.name} is not a picture that can be read.") from error


def grid_of(path: Path) -> int:
    """`Scene.grid` of a picture file."""
    return 16 if path.suffix.lower() in (".jpg", ".jpeg") else 1


def number_parts(marked: Iterable[tuple[str, np.ndarray]], shape: tuple[int, ...]) -> tuple[np.ndarray, dict[int, str]]:
    """`objects` and `kinds` of a scene of `shape` (h, w) from (label key, bool[h, w]): each connected part is one
    object; where labels overlap the later one wins."""
    objects: np.ndarray = np.zeros(shape, dtype=np.int32)
    kinds: dict[int, str] = {}
    for key, mask in marked:
        parts, count = ndimage.label(mask)
        objects[parts > 0] = parts[parts > 0] + len(kinds)
        kinds |= dict.fromkeys(range(len(kinds) + 1, len(kinds) + count + 1), key)
    left = set(np.unique(objects).tolist())
    return objects, {number: key for number, key in kinds.items() if number in left}


def _key(value: int, names: dict[str, str] | None) -> str:
    return str(value) if names is None else names.get(str(value), "")
