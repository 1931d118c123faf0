"""Label pictures and volumes beside the images: each value of a pixel stands for a label."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from webapp.images.importers.base import Context
from webapp.images.importers.marks import MISSING, UNLABELLED, LabelMapFile, Labels, Marks
from webapp.images.importers.pairing import picture_beside, stem_of
from webapp.images.sandbox.client import Sandbox
from webapp.images.sandbox.limits import BadFile

FOLDERS = {
    *("labels", "label", "masks", "mask", "annotations", "segmentations", "segmentation", "labelstr", "gt", "ground"),
    *("instance_labels", "label_maps", "ground_truth"),
}
VOLUMES = (".nii", ".nii.gz", ".nrrd", ".mha")
PICTURES = (".png", ".tif", ".tiff", ".bmp")


def stem_labelled(name: str, label_folder: str, places: Mapping[str, str]) -> str | None:
    """The stem of the picture whose label map a file is, by its folder or by its name; None: it is none.

    `places`: `place_of` of the import's files -> name. With a `label_folder`, label maps lie there and nowhere else.
    """
    if not name.lower().endswith(VOLUMES + PICTURES):
        return None
    folders = {part.lower() for part in PurePosixPath(name).parts[:-1]}
    if folders & ({label_folder.lower()} if label_folder else FOLDERS):
        return stem_of(name)
    picture = None if label_folder else picture_beside(name, places)
    return picture and stem_of(places[picture])


def add(name: str, path: Path, labels: Labels, sandbox: Sandbox) -> None:
    """Keep the file for its picture, to be read when that turns up."""
    is_volume = name.lower().endswith(VOLUMES)

    def read() -> tuple[np.ndarray, np.ndarray | None]:
        result = sandbox.call("volume" if is_volume else "labels", path=str(path))
        array = np.load(result["folder"] / result["array"], mmap_mode="r", allow_pickle=False)
        return array, np.array(result["affine"]) if is_volume else None

    labels.add_map(LabelMapFile(name, read))


def marks_with_map(name: str, shape: tuple[int, ...], context: Context) -> Marks | None:
    """All that the label files say about a picture of that shape [h, w]."""
    marks = context.labels.marks_of(name)
    label_map = context.labels.map_of(name)
    if label_map is None:
        return marks
    try:
        array, _ = label_map.read()
        if array.shape != shape:
            raise BadFile(f"Expected labels of {_sides(shape)} pixels, as its picture; got {_sides(array.shape)}.")
        values = meanings(array, context)
    except BadFile as error:
        context.refuse(label_map.name, str(error))
        return marks
    marks = marks or Marks()
    marks.label_map, marks.values = np.asarray(array), values
    return marks


class LabelVolume(NamedTuple):
    """Labels of a volume: integers [ni, nj, nk], and what each value stands for."""

    array: np.ndarray
    values: dict[int, str]


def meanings(label_map: np.ndarray, context: Context) -> dict[int, str]:
    """Value -> label's name, as the import declares, else by the order of the label set.

    Where there is one label and one value, they belong together, whatever the value is. Raises `BadFile` where values
    are numbered otherwise than the label set, such as one number an object: the order would name the wrong ones.
    """
    declared = context.label_set.declared(context.labels.values)
    values = declared or context.label_set.by_order()
    present = _values_in(label_map) - {0, MISSING}
    if len(values) == 1 and len(present) == 1:
        return {present.pop(): next(iter(values.values()))}
    others = sorted(present - set(values) - {UNLABELLED})
    if values and not declared and others:
        raise BadFile(
            f"Expected values up to {len(values)}, one for each label in order, or a labels.json; "
            f"got {', '.join(map(str, others[:3]))}{' and more' if len(others) > 3 else ''}."
        )
    return values


def _values_in(label_map: np.ndarray) -> set[int]:
    if int(label_map.min()) < MISSING or int(label_map.max()) > 65535:
        return set(np.unique(label_map).tolist())
    counts = np.bincount(label_map.reshape(-1, order="A").astype(np.int32) - MISSING)
    return set((np.flatnonzero(counts) + MISSING).tolist())


def volume_labels(name: str, shape: tuple[int, ...], affine: np.ndarray, context: Context) -> LabelVolume | None:
    """The label volume that belongs to a volume; None where there is none or it does not fit (which is reported)."""
    label_map = context.labels.map_of(name)
    if label_map is None:
        return None
    try:
        array, its_affine = label_map.read()
        if array.shape != shape:
            raise BadFile(f"Expected labels of {_sides(shape)} voxels, as its volume; got {_sides(array.shape)}.")
        if its_affine is not None and not np.allclose(its_affine, affine, atol=0.5):
            raise BadFile("Expected labels that lie where their volume lies; their affines differ.")
        return LabelVolume(array, meanings(array, context))
    except BadFile as error:
        context.refuse(label_map.name, str(error))
        return None


def slice_labels(files: list[str], shape: tuple[int, ...], context: Context) -> LabelVolume | None:
    """Label pictures of a series [columns, rows, n], one for each of its files: by stem, else one by one in order.

    `files`: the series' files in the order of its slices.
    """
    maps = [context.labels.map_of(name) for name in files]
    if not any(maps):
        in_order = context.labels.maps_in_order(files[0], len(files))
        if not in_order or len(set(files)) != len(files):
            return None
        by_name = dict(zip(sorted(files), in_order, strict=True))
        maps = [by_name[name] for name in files]
    volume = np.full(shape, MISSING, dtype=np.int32, order="F")
    for index, label_map in enumerate(maps):
        if label_map is None:
            continue
        context.labels.mark_used(label_map)
        try:
            array, _ = label_map.read()
            if array.T.shape != shape[:2]:
                raise BadFile(
                    f"Expected labels of {_sides(shape[1::-1])} pixels, as its slice; got {_sides(array.shape)}."
                )
            volume[:, :, index] = array.T
        except BadFile as error:
            context.refuse(label_map.name, str(error))
    try:
        return LabelVolume(volume, meanings(volume, context))
    except BadFile as error:
        context.refuse(next(label_map.name for label_map in maps if label_map), str(error))
        return None


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
