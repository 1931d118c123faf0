"""Cutting a volume into pictures as a radiologist expects to see them.

Axial slices are seen from the feet (the patient's right is on the left), coronal ones from the front, sagittal ones
with the face to the left. Slices follow the array's own axes: nothing is resampled across slices, and oblique volumes
are shown in the plane that comes closest, so that a label goes back to exactly the voxels it was drawn on.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import nibabel as nib
import numpy as np

from webapp.images import burned_in, hashing
from webapp.images.geometry import Turn
from webapp.images.importers.base import Context, Found, SliceOf, VolumeFacts
from webapp.images.importers.label_maps import Layer
from webapp.images.importers.marks import Marks
from webapp.images.sandbox.limits import MIN_SIDE, BadFile
from webapp.images.windows import Window

# Plane -> (axis across it, horizontal, vertical axis) of RAS, and the letters at the left, top, right, bottom edge.
PLANES = {
    "sagittal": (0, 1, 2, "ASPI"),
    "coronal": (1, 0, 2, "RSLI"),
    "axial": (2, 0, 1, "RALP"),
}
_BLANK = 0.005  # share of pixels brighter than black that a slice must show


@dataclass(frozen=True)
class Cut:
    """How to take slices: array axis across, the turn of each, pixel height over width, edge letters."""

    axis: int
    turn: Turn
    aspect: float
    markers: str


def cut_of(affine: np.ndarray, plane: str, acquired: int | None = None) -> Cut:
    """How to cut a volume with that affine (4x4, RAS+) in a plane of `PLANES`, or "auto" in the one it was taken in.

    `acquired`: the array axis across that plane where the file says so, else the coarsest.
    """
    orientation = nib.io_orientation(affine)
    spacing = spacing_of(affine)
    if np.isnan(orientation).any():
        raise BadFile("Expected an affine with three directions; some of its axes point the same way.")
    if plane == "auto":
        across = _coarsest(orientation, spacing) if acquired is None else int(orientation[acquired, 0])
        plane = next(name for name, (normal, *_) in PLANES.items() if normal == across)
    across, horizontal, vertical, markers = PLANES[plane]
    of_ras = {int(ras): axis for axis, (ras, _) in enumerate(orientation)}
    axis, x_axis, y_axis = of_ras[across], of_ras[horizontal], of_ras[vertical]
    # The display runs to the left, back and feet: against RAS, in all three planes.
    turn = Turn(
        transpose=x_axis < y_axis,
        flip_x=bool(orientation[x_axis, 1] > 0),
        flip_y=bool(orientation[y_axis, 1] > 0),
    )
    return Cut(axis, turn, float(spacing[y_axis] / spacing[x_axis]), markers)


def _plane(voxels: np.ndarray, axis: int, index: int) -> np.ndarray:
    """One slice as a view: `np.take` would read a mapped volume whole."""
    return voxels[(slice(None),) * axis + (index,)]


def spacing_of(affine: np.ndarray) -> np.ndarray:
    """Voxel size [3] in mm."""
    return np.linalg.norm(affine[:3, :3], axis=0)


def _coarsest(orientation: np.ndarray, spacing: np.ndarray) -> int:
    """The axis of RAS that voxels are longest along; feet to head for voxels that are cubes, or nearly."""
    order = np.argsort(spacing)
    return 2 if spacing[order[2]] < 1.15 * spacing[order[1]] else int(orientation[order[2], 0])


def slices(
    volume: VolumeFacts,
    *,
    window: Window,
    group: str,
    file_format: str,
    context: Context,
    counted: int = 1,
    labels: Sequence[Layer] = (),
    text_suspected: bool = False,
    name_of: Callable[[int], str] | None = None,
) -> Iterator[Found]:
    """The pictures of a volume; `counted`: as how many it was counted so far.

    Raises `BadFile` where they would be too small.
    """
    options = context.options
    cut = cut_of(volume.affine, options.axis, volume.acquired)
    in_plane = [side for axis, side in enumerate(volume.voxels.shape) if axis != cut.axis]
    if min(in_plane) < MIN_SIDE:
        raise BadFile(f"Expected slices of at least {MIN_SIDE} x {MIN_SIDE} pixels; got {in_plane[0]} x {in_plane[1]}.")
    wanted = range(volume.voxels.shape[cut.axis])[options.slice_start : options.slice_stop : options.slice_step]
    context.more(len(wanted) - counted)
    blank = 0
    for index in wanted:
        shown = window.apply(cut.turn.show(_plane(volume.voxels, cut.axis, index)))
        parts = [(np.array(cut.turn.show(_plane(array, cut.axis, index))), values) for array, values in labels]
        empty = float((shown > 0.02).mean()) < _BLANK
        if options.skip_empty and empty and not any(np.isin(part, list(values)).any() for part, values in parts):
            blank += 1
            context.more(-1)
            continue
        yield Found(
            name=name_of(index) if name_of else f"{volume.name} slice {index}",
            group=group,
            key=hashing.key_from(volume.key, cut.axis, index),
            pixels=shown,
            format=file_format,
            marks=Marks(layers=parts) if parts else None,
            aspect=cut.aspect,
            markers=cut.markers,
            slice=SliceOf(volume, cut.axis, index, cut.turn),
            text_suspected=text_suspected or (options.check_text and burned_in.shows_text(shown)),
            provenance={"window": [window.low, window.high], "inverted": window.invert, **volume.notes},
        )
    if blank:
        context.note(
            f"{volume.name}: {blank} slice{'s show' if blank > 1 else ' shows'} nothing but background, left out."
        )
