"""Label pictures and volumes beside the images: each value of a pixel stands for a label."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import nibabel as nib
import numpy as np

from webapp.images.importers import pairing
from webapp.images.importers.assigning import Assigned, label_files
from webapp.images.importers.base import Context
from webapp.images.importers.marks import MISSING, UNLABELLED, LabelMapFile, Labels, Marks
from webapp.images.importers.pairing import stem_of
from webapp.images.sandbox.client import Sandbox
from webapp.images.sandbox.limits import BadFile

VOLUMES = (".nii", ".nii.gz", ".nrrd", ".mha")
PICTURES = (".png", ".tif", ".tiff", ".bmp", ".gif")
LOSSY = (".jpg", ".jpeg")

_ON_SERIES = 0.05  # mm; a name ties labels to a volume, nothing but their place ties them to a series
Layer = tuple[np.ndarray, dict[int, str]]  # a label map, and what each of its values stands for


def stems_labelled(names: Iterable[str], label_folder: str) -> dict[str, str]:
    """The label maps among the files of an import, by folder or name -> the stem that their picture has.

    With a `label_folder`, label maps lie there and nowhere else.
    """
    names = list(names)
    plain = [name for name in names if name.lower().endswith(VOLUMES + PICTURES)]
    lossy = [name for name in names if name.lower().endswith(LOSSY)]
    if label_folder:
        return {name: stem_of(name) for name in (*plain, *lossy) if _within(name, label_folder)}
    found = label_files([*plain, *lossy])
    pictures = {stem_of(name) for name in (*plain, *lossy) if name not in found}
    # Folders of photographs bear all names: JPEG is a mask only where its picture is there.
    return {name: stem for name, stem in found.items() if name not in lossy or stem in pictures}


def _within(name: str, label_folder: str) -> bool:
    asked = PurePosixPath(label_folder.strip("/").lower()).parts
    folder = PurePosixPath(name.lower()).parent
    return any(above.parts[-len(asked) :] == asked for above in (folder, *folder.parents))


def add(assigned: Assigned, path: Path, labels: Labels, sandbox: Sandbox) -> None:
    """Keep the file for its picture, to be read when that turns up."""
    is_volume = assigned.name.lower().endswith(VOLUMES)

    def read(page: int) -> tuple[np.ndarray, np.ndarray | None]:
        result = (
            sandbox.call("volume", path=str(path)) if is_volume else sandbox.call("labels", path=str(path), page=page)
        )
        array = np.load(result["folder"] / result["array"], mmap_mode="r", allow_pickle=False)
        return _whole(array), np.array(result["affine"]) if is_volume else None

    labels.beside[assigned.name] = assigned.picture
    labels.add_map(LabelMapFile(assigned.name, read, assigned.label, assigned.objects, is_volume))


def _whole(array: np.ndarray) -> np.ndarray:
    """Labels stored as real numbers are whole ones; probabilities are none. Raises `BadFile`."""
    if array.dtype.kind != "f":
        return array
    if not np.isfinite(array).all() or (array != np.rint(array)).any():
        raise BadFile("Expected a whole number for each pixel of a label map; got fractions or no numbers.")
    return array.astype(np.int32)


def marks_with_map(
    name: str, shape: tuple[int, ...], context: Context, *, file: str = "", page: int = 0
) -> Marks | None:
    """All that the label files say about a picture of that shape [h, w]; `file`: whose page it is, if not `name`."""
    marks = _of_that_size(context.labels.marks_of(name), shape, context)
    layers = []
    for label_map in context.labels.maps_of(file or name):
        try:
            array, _ = label_map.read(page)
            if array.shape != shape:
                raise BadFile(f"Expected labels of {_sides(shape)} pixels, as its picture; got {_sides(array.shape)}.")
            layers.append((np.asarray(array), _values_of(label_map, array, context)))
        except BadFile as error:
            context.refuse(label_map.name, str(error))
            return marks  # part of what a picture shows would pass for all of it
    if layers:
        marks = marks or Marks()
        marks.layers = layers
    return marks


def _of_that_size(marks: Marks | None, shape: tuple[int, ...], context: Context) -> Marks | None:
    """The marks without boxes and outlines of a picture of another size: they would lie elsewhere in this one."""
    if marks is None or marks.size is None or marks.size == shape[::-1]:
        return marks
    context.refuse(
        marks.origin,
        f"Expected pictures of the size that it gives, {_sides(marks.size)} pixels; got {_sides(shape[::-1])}: "
        "were they resized or turned?",
    )
    return replace(marks, boxes=None, shapes=None)


def _values_of(label_map: LabelMapFile, array: np.ndarray, context: Context) -> dict[int, str]:
    """What the values of a label file stand for. Raises `BadFile`."""
    if not label_map.label and not label_map.objects:
        return meanings(array, context)
    present = sorted(_values_in(array) - {0, MISSING})
    if label_map.objects:
        only = context.label_set.by_order()
        if len(only) != 1:
            raise BadFile(
                f"Expected a project with one label, for the values or files number objects; got {len(only)} labels."
            )
        return dict.fromkeys(present or [1], next(iter(only.values())))
    if len(present) > 1:
        raise BadFile(f"Expected one value for {label_map.label!r}, as the file's name says; got {_some(present)}.")
    return {(present or [1])[0]: label_map.label}


def meanings(label_map: np.ndarray, context: Context) -> dict[int, str]:
    """Value -> label's name, as the import declares, else by the order of the label set.

    Where there is one label and one value, they belong together, whatever the value is. Raises `BadFile` where values
    are numbered otherwise than the label set, such as one number an object: the order would name the wrong ones.
    """
    every = context.label_set.every()
    declared = context.label_set.declared(context.labels.values)
    values = declared or context.label_set.by_order()
    present = _values_in(label_map) - {0, MISSING}
    if every:
        return {**dict.fromkeys(present or {1}, every), **declared}
    if not values:
        return {}
    if len(values) == 1 and len(present) == 1:
        return {present.pop(): next(iter(values.values()))}
    others = sorted(present - set(values) - {UNLABELLED})
    if not declared and others:
        how = ' Where each value is an object, say label_names={"*": its label}.' if len(values) == 1 else ""
        raise BadFile(
            f"Expected values up to {len(values)}, one for each label in order, or a labels.json; "
            f"got {_some(others)}.{how}"
        )
    if present == {UNLABELLED} and UNLABELLED not in values and 0 in _values_in(label_map):
        raise BadFile(
            f"Expected a value for each of {len(values)} labels; got 0 and 255: say which label this is by the name of "
            "the file or its folder, or by label_names."
        )
    return values


def _values_in(label_map: np.ndarray) -> set[int]:
    if int(label_map.min()) < MISSING or int(label_map.max()) > 65535:
        return set(np.unique(label_map).tolist())
    counts = np.bincount(label_map.reshape(-1, order="A").astype(np.int32) - MISSING)
    return set((np.flatnonzero(counts) + MISSING).tolist())


def volume_labels(name: str, shape: tuple[int, ...], affine: np.ndarray, context: Context) -> list[Layer]:
    """The label volumes that belong to a volume; none where there is none or one does not fit (which is reported)."""
    layers = []
    for label_map in context.labels.maps_of(name):
        try:
            array, its_affine = label_map.read(0)
            turned = None if its_affine is None else _laid_over(array, its_affine, shape, affine)
            if turned is None and array.shape != shape:
                raise BadFile(f"Expected labels of {_sides(shape)} voxels, as its volume; got {_sides(array.shape)}.")
            if turned is None:
                raise BadFile("Expected labels that lie where their volume lies; their affines differ.")
            layers.append((turned, _values_of(label_map, turned, context)))
        except BadFile as error:
            context.refuse(label_map.name, str(error))
            return []  # part of what a volume shows would pass for all of it
    return layers


def series_labels(shape: tuple[int, ...], affine: np.ndarray, context: Context) -> list[Layer]:
    """Label volumes that lie exactly where a DICOM series lies: one that speaks of all labels, or some of one each."""
    layers: list[Layer] = []
    first = ""
    for label_map in context.labels.loose_volumes():
        try:
            array, its_affine = label_map.read(0)
            turned = None if its_affine is None else _laid_over(array, its_affine, shape, affine, near=_ON_SERIES)
            if turned is None:
                continue
            context.labels.mark_used(label_map)
            if first and not label_map.label:
                raise BadFile(f"Expected one label volume for the series; {first!r} is one already.")
            layers.append((turned, _values_of(label_map, turned, context)))
            first = first if label_map.label else label_map.name
        except BadFile as error:
            context.labels.mark_used(label_map)
            context.refuse(label_map.name, str(error))
    return layers


def _laid_over(
    array: np.ndarray, its_affine: np.ndarray, shape: tuple[int, ...], affine: np.ndarray, near: float = 0.5
) -> np.ndarray | None:
    """Labels in the voxel order of a volume of that shape and affine; None where they lie elsewhere.

    `near`: how far (mm) the entries of the affines may differ.
    """
    if array.shape == shape and np.allclose(its_affine, affine, atol=near):
        return array
    turn = nib.orientations.ornt_transform(nib.io_orientation(its_affine), nib.io_orientation(affine))
    if np.isnan(turn).any():
        return None
    turned = nib.orientations.apply_orientation(array, turn)
    turned_affine = its_affine @ nib.orientations.inv_ornt_aff(turn, array.shape)
    return turned if turned.shape == shape and np.allclose(turned_affine, affine, atol=near) else None


def slice_labels(files: list[str], shape: tuple[int, ...], context: Context) -> list[Layer]:
    """Label pictures of a series [columns, rows, n], one for each of its files: by stem, else one by one in order.

    `files`: the series' files in the order of its slices.
    """
    maps = [context.labels.maps_of(name) for name in files]
    if not any(maps):
        try:
            in_order = context.labels.maps_in_order(files[0], len(files))
        except BadFile as error:
            context.refuse(files[0], str(error))
            context.labels.mark_told()
            return []
        if not in_order or len(set(files)) != len(files):
            return []
        by_name = dict(zip(sorted(files, key=pairing.in_order), in_order, strict=True))
        maps = [[by_name[name]] for name in files]
    layers = []
    for label in dict.fromkeys(label_map.label for of_slice in maps for label_map in of_slice):
        own = [next((label_map for label_map in of_slice if label_map.label == label), None) for of_slice in maps]
        try:
            layers.append(_stacked(own, shape, context))
        except BadFile as error:
            context.refuse(next(label_map.name for label_map in own if label_map), str(error))
            return []
    return layers


def _stacked(maps: list[LabelMapFile | None], shape: tuple[int, ...], context: Context) -> Layer:
    """The label pictures of one label, or of values, as one array [columns, rows, n]. Raises `BadFile`."""
    volume = np.full(shape, MISSING, dtype=np.int32, order="F")
    for index, label_map in enumerate(maps):
        if label_map is None:
            continue
        context.labels.mark_used(label_map)
        try:
            array, _ = label_map.read(0)
            if array.T.shape != shape[:2]:
                raise BadFile(
                    f"Expected labels of {_sides(shape[1::-1])} pixels, as its slice; got {_sides(array.shape)}."
                )
            volume[:, :, index] = array.T
        except BadFile as error:
            context.refuse(label_map.name, str(error))
    return volume, _values_of(next(label_map for label_map in maps if label_map), volume, context)


def _some(values: list[int]) -> str:
    return f"{', '.join(map(str, values[:3]))}{' and more' if len(values) > 3 else ''}"


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
