"""Label pictures and volumes beside the images: each value of a pixel stands for a label."""

from pathlib import Path, PurePosixPath

import numpy as np

from webapp.images.importers.base import Context
from webapp.images.importers.marks import MISSING, LabelMapFile, Labels, Marks, stem_of
from webapp.images.sandbox.client import Sandbox
from webapp.images.sandbox.limits import BadFile

FOLDERS = {"labels", "label", "masks", "mask", "annotations", "segmentations", "segmentation", "labelstr"}
VOLUMES = (".nii", ".nii.gz", ".nrrd", ".mha")
PICTURES = (".png", ".tif", ".tiff", ".bmp")


def claims(name: str, label_folder: str) -> bool:
    """Whether a file lies where label maps do, and is of a kind that can be one."""
    folders = {part.lower() for part in PurePosixPath(name).parts[:-1]}
    wanted = {label_folder.lower()} if label_folder else FOLDERS
    return bool(wanted & folders) and name.lower().endswith(VOLUMES + PICTURES)


def add(name: str, path: Path, labels: Labels, sandbox: Sandbox) -> None:
    """Keep the file for the picture of the same stem."""
    is_volume = name.lower().endswith(VOLUMES)

    def read() -> tuple[np.ndarray, np.ndarray | None]:
        result = sandbox.call("volume" if is_volume else "labels", path=str(path))
        array = np.load(result["folder"] / result["array"], mmap_mode="r", allow_pickle=False)
        return array, np.array(result["affine"]) if is_volume else None

    labels.add_map(stem_of(name), LabelMapFile(name, read))


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
    except BadFile as error:
        context.refuse(label_map.name, str(error))
        return marks
    marks = marks or Marks()
    marks.label_map = np.asarray(array)
    marks.values = meanings(marks.label_map, context.label_set.values(context.labels.values))
    return marks


def meanings(label_map: np.ndarray, declared: dict[int, str]) -> dict[int, str]:
    """Value -> label's name. Where there is one label and one value, they belong together, whatever the value is."""
    if len(declared) == 1:
        present = _values_in(label_map) - {0, MISSING}
        if len(present) == 1:
            return {present.pop(): next(iter(declared.values()))}
    return declared


def _values_in(label_map: np.ndarray) -> set[int]:
    if int(label_map.min()) < MISSING or int(label_map.max()) > 65535:
        return set(np.unique(label_map).tolist())
    counts = np.bincount(label_map.reshape(-1, order="A").astype(np.int32) - MISSING)
    return set((np.flatnonzero(counts) + MISSING).tolist())


def volume_labels(name: str, shape: tuple[int, ...], affine: np.ndarray, context: Context) -> np.ndarray | None:
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
    except BadFile as error:
        context.refuse(label_map.name, str(error))
        return None
    return array


def slice_labels(files: list[str], shape: tuple[int, ...], context: Context) -> np.ndarray | None:
    """Label pictures of a series [columns, rows, n], one for each of its files: by stem, else one by one in order.

    `files`: the series' files in the order of its slices.
    """
    maps = [context.labels.map_of(name) for name in files]
    if not any(maps):
        in_order = context.labels.maps_in_order()
        if len(in_order) != len(files) or len(set(files)) != len(files):
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
    return volume


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
