"""DICOM: files are grouped by series and sorted by where they lie; series with geometry become volumes.

No tag that identifies anybody is kept: names are made of the modality and salted hashes, groups are hashed patients.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from webapp.images import burned_in, hashing, windows
from webapp.images.importers import grouping
from webapp.images.importers.base import Context, Found, VolumeFacts
from webapp.images.importers.label_maps import marks_with_map, series_labels, slice_labels
from webapp.images.importers.slicing import slices
from webapp.images.sandbox.limits import BadFile
from webapp.images.windows import Window

UNEVEN = 0.1  # of the spacing between slices: from there on it is noted that they are not equally far apart


@dataclass(frozen=True)
class Plane:
    """One slice of a series: its file, frame, header, and where it lies (LPS, mm)."""

    name: str
    frame: int
    header: dict[str, Any]
    position: np.ndarray
    orientation: np.ndarray
    spacing: tuple[float, float]

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.orientation[:3], self.orientation[3:])

    @property
    def depth(self) -> float:
        return float(self.position @ self.normal)


class Dicom:
    name = "dicom"

    def claims(self, name: str, head: bytes) -> bool:
        return head[128:132] == b"DICM" or name.lower().endswith((".dcm", ".dicom", ".ima"))

    def find(self, files: dict[str, Path], context: Context) -> Iterator[Found]:
        series: dict[tuple[Any, ...], list[Plane]] = {}
        pictures: list[tuple[str, dict[str, Any]]] = []
        for name, path in files.items():
            try:
                header = context.sandbox.call("dicom_header", path=str(path))
            except BadFile as error:
                context.refuse(name, str(error))
                context.more(-1)
                continue
            planes = _planes(name, header)
            context.more(max(len(planes) - 1, 0))
            for plane in planes:
                series.setdefault(_same_stack(plane), []).append(plane)
            if not planes:
                pictures.append((name, header))
        context.sandbox.clear()
        for planes in series.values():
            for number, stack in enumerate(_stacks(planes)):
                yield from _from_stack(stack, number, files, context)
                context.sandbox.clear()
        for name, header in pictures:
            try:
                yield from _from_picture(name, header, files[name], context)
            except BadFile as error:
                context.refuse(name, str(error))
                context.more(-1)
            context.sandbox.clear()


def _planes(name: str, header: dict[str, Any]) -> list[Plane]:
    """The slices in a file; none where it is no part of a volume."""
    if not header["planes"] or not header["grey"] or "Secondary Capture" in header["sop"]:
        return []
    planes = [
        Plane(
            name, frame, header, np.array(p["position"]), np.array(p["orientation"]), (p["spacing"][0], p["spacing"][1])
        )
        for frame, p in enumerate(header["planes"])
    ]
    return planes if all(np.linalg.norm(p.normal) > 0.9 and min(p.spacing) > 0 for p in planes) else []


def _same_stack(plane: Plane) -> tuple[Any, ...]:
    """What slices of one volume share. Localizers and other planes within a series are volumes of their own."""
    header = plane.header
    series = header["series"] or str(PurePosixPath(plane.name).parent)
    size = (header["rows"], header["columns"], *np.round(plane.spacing, 3))
    return (series, header["patient"], size, header["inverted"], tuple(np.round(plane.orientation, 2)))


def _stacks(planes: list[Plane]) -> list[list[Plane]]:
    """Slices from end to end. Where a place comes several times (echoes, times), the n-th of each makes a stack."""
    planes = sorted(
        planes, key=lambda plane: (round(plane.depth, 2), plane.header["instance"], plane.name, plane.frame)
    )
    stacks: list[list[Plane]] = []
    here = -1
    before: float | None = None
    for plane in planes:
        here = here + 1 if before is not None and abs(plane.depth - before) < 0.01 else 0
        if here == len(stacks):
            stacks.append([])
        stacks[here].append(plane)
        before = plane.depth
    return stacks


def _from_stack(stack: list[Plane], number: int, files: dict[str, Path], context: Context) -> Iterator[Found]:
    kept = stack
    try:
        read = context.sandbox.call(
            "dicom_stack",
            files=[{"path": str(files[plane.name]), "frame": plane.frame} for plane in stack],
            seconds=context.sandbox.seconds + len(stack),
        )
        for position, sentence in read["refused"].items():
            context.refuse(stack[int(position)].name, sentence)
        kept = [stack[position] for position in read["kept"]]
        context.more(len(kept) - len(stack))
        if kept:
            voxels = np.load(read["folder"] / read["array"], mmap_mode="r", allow_pickle=False)
            yield from _volume(kept, voxels, number, context)
    except BadFile as error:
        for name in dict.fromkeys(plane.name for plane in stack):
            context.refuse(name, str(error))
        context.more(-len(kept))


def _volume(stack: list[Plane], voxels: np.ndarray, number: int, context: Context) -> Iterator[Found]:
    header = stack[0].header
    affine, notes = geometry(stack)
    key = hashing.key_of(voxels, affine.tolist())
    name = (
        f"{_kind(header)} {grouping.hashed(header['series'] or key, context.salt)}{f'-{number + 1}' if number else ''}"
    )
    window = _window(header, voxels, context.options.window)
    yield from slices(
        VolumeFacts(key, name, header["modality"], voxels, affine, 2, notes),
        window=Window(window.low, window.high, header["inverted"]),
        group=_group(stack[0].name, header, context),
        file_format="dicom",
        context=context,
        counted=len(stack),
        labels=slice_labels([plane.name for plane in stack], voxels.shape, context)
        or series_labels(voxels.shape, affine, context),
        text_suspected=_feared(header),
    )


def geometry(stack: list[Plane]) -> tuple[np.ndarray, dict[str, Any]]:
    """Affine (voxel column, row, slice to mm, RAS+) from the positions of the slices, never from SliceThickness."""
    first, last = stack[0], stack[-1]
    affine = np.eye(4)
    affine[:3, 0] = first.orientation[:3] * first.spacing[1]
    affine[:3, 1] = first.orientation[3:] * first.spacing[0]
    affine[:3, 2] = (last.position - first.position) / (len(stack) - 1) if len(stack) > 1 else first.normal
    affine[:3, 3] = first.position
    notes: dict[str, Any] = {}
    steps = np.diff([plane.depth for plane in stack])
    if len(steps) and np.ptp(steps) > UNEVEN * np.median(steps):
        notes["slice_steps_mm"] = [round(float(steps.min()), 3), round(float(steps.max()), 3)]
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, notes


def _from_picture(name: str, header: dict[str, Any], path: Path, context: Context) -> Iterator[Found]:
    options = context.options
    several = header["frames"] > 1
    bounds = (options.slice_start, options.slice_stop, options.slice_step) if several else (0, None, 1)
    read = context.sandbox.call("dicom_frames", path=str(path), start=bounds[0], stop=bounds[1], step=bounds[2])
    context.more(len(read["pages"]) - 1)
    for page in read["pages"]:
        original = np.load(read["folder"] / page["array"], mmap_mode="r", allow_pickle=False)
        shown = original
        if original.ndim == 2:
            window = _shown_window(read["window"], original, options.window)
            shown = Window(window.low, window.high, read["inverted"]).apply(original)
        key = hashing.key_of(original)
        yield Found(
            name=f"{_kind(header)} {grouping.hashed(key, context.salt)}"
            + (f" frame {page['frame']}" if several else ""),
            group=_group(name, header, context),
            key=key,
            pixels=shown,
            original=original,
            format="dicom",
            marks=None if several else marks_with_map(name, original.shape[:2], context),
            text_suspected=_feared(header) or (options.check_text and burned_in.shows_text(shown)),
        )


def _group(name: str, header: dict[str, Any], context: Context) -> str:
    if context.options.group == "auto":
        return grouping.hashed(header["patient"], context.salt)
    # File and folder names of DICOM exports often are the patient's: the rule is applied, its result hashed.
    return grouping.hashed(grouping.of_file(name, context.options.group), context.salt)


def _kind(header: dict[str, Any]) -> str:
    return header["modality"] if header["modality"].isalnum() else "DICOM"


def _feared(header: dict[str, Any]) -> bool:
    return burned_in.suspected(modality=header["modality"], storage_class=header["sop"], tag=header["burned_in"])


def _window(header: dict[str, Any], voxels: np.ndarray, name: str) -> Window:
    if name == "default" and header["window"] is None and header["modality"] == "CT":
        name = "ct-abdomen"
    return _shown_window(header["window"], voxels, name)


def _shown_window(given: list[float] | None, values: np.ndarray, name: str) -> Window:
    """The window asked for; by default the one that the file recommends; percentiles where nothing is said."""
    if name == "default" and given is not None:
        return Window(given[0], given[1])
    return windows.named(name) or windows.percentiles(values)
