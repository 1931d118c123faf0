"""Reads on pictures: where they came from, and the way back from served to original pixels (for export)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from webapp.images import store
from webapp.images.geometry import Box, Placement, Turn
from webapp.images.models import Image, Source, Volume
from webapp.projects.models import Project


@dataclass(frozen=True)
class VolumeInfo:
    """A kept series: array shape, voxel size (mm), affine [4, 4] (voxel indices to mm, RAS+), its NIfTI file."""

    id: int
    name: str
    modality: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    affine: np.ndarray
    path: Path


@dataclass(frozen=True)
class Origin:
    """Where a served picture came from. `path`: the kept original; `size`: (width, height) of it as displayed (px)."""

    name: str
    group: str
    size: tuple[int, int]
    placement: Placement
    path: Path | None
    volume_id: int | None
    axis: int | None
    index: int | None
    turn: Turn
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Look:
    """`size`: (width, height) in px if all pictures have it; `markers`: orientation letters if all bear the same."""

    size: tuple[int, int] | None
    markers: str


@dataclass(frozen=True)
class VoxelPlane:
    """A mask or label map of one slice, in the volume's own array order: `volume[take(index, axis)] = plane`."""

    volume_id: int
    axis: int
    index: int
    plane: np.ndarray


def origin_of(image_id: UUID) -> Origin:
    """Raises `Source.DoesNotExist` for a picture that is not there."""
    return _origin(Source.objects.select_related("image").get(image_id=image_id))


def origins_of(image_ids: Collection[UUID]) -> dict[UUID, Origin]:
    """Where many pictures came from, in one query; pictures that are not there are left out."""
    sources = Source.objects.select_related("image").filter(image__in=image_ids)
    return {source.image_id: _origin(source) for source in sources}


def _origin(source: Source) -> Origin:
    crop = source.crop or (0, 0, source.width, source.height)
    return Origin(
        name=source.name,
        group=source.group,
        size=(source.width, source.height),
        placement=Placement((crop[0], crop[1], crop[2], crop[3]), source.image.width, source.image.height),
        path=store.original_path(source.original) if source.original else None,
        volume_id=source.volume_id,
        axis=source.slice_axis,
        index=source.slice_index,
        turn=Turn.parse(source.flips),
        provenance={"pipeline": source.pipeline, **source.provenance},
    )


def to_original(
    image_id: UUID, *, boxes: Sequence[Box] | None = None, mask: np.ndarray | None = None
) -> list[Box] | np.ndarray:
    """Boxes, or a mask or label map [h, w], of the served picture in pixels of the original as it is displayed."""
    origin = origin_of(image_id)
    if mask is not None:
        return origin.placement.map_to_original(mask, width=origin.size[0], height=origin.size[1])
    return [origin.placement.box_to_original(box) for box in boxes or ()]


def to_voxels(image_id: UUID, mask: np.ndarray) -> VoxelPlane | None:
    """A mask or label map [h, w] of a served slice in its volume's own array; None for a picture of no volume."""
    origin = origin_of(image_id)
    if origin.volume_id is None or origin.axis is None or origin.index is None:
        return None
    shown = origin.placement.map_to_original(mask, width=origin.size[0], height=origin.size[1])
    return VoxelPlane(origin.volume_id, origin.axis, origin.index, origin.turn.undo(shown))


def common_look(project: Project) -> Look:
    """What every picture of a project shares, so that one that is added later can look the same (I2)."""
    pictures = Image.objects.filter(project=project).order_by()
    sizes = list(pictures.values_list("width", "height").distinct()[:2])
    markers = list(pictures.values_list("markers", flat=True).distinct()[:2])
    return Look(sizes[0] if len(sizes) == 1 else None, markers[0] if len(markers) == 1 else "")


def volume_of(image_id: UUID) -> VolumeInfo | None:
    """The volume that a picture is a slice of."""
    volume = Volume.objects.filter(slices__image_id=image_id).first()
    return _info(volume) if volume else None


def volumes_of(project: Project) -> list[VolumeInfo]:
    return [_info(volume) for volume in Volume.objects.filter(project=project).order_by("id")]


def suspected_text(project: Project) -> QuerySet[Source]:
    """Pictures that may bear text and wait for a moderator (I13), with their `image`."""
    suspected = Source.objects.filter(project=project, burned_in=Source.BurnedIn.SUSPECTED)
    return suspected.select_related("image").order_by("name")


def pictures_of(project: Project) -> QuerySet[Image]:
    return Image.objects.filter(project=project)


def _info(volume: Volume) -> VolumeInfo:
    shape, spacing = volume.shape, volume.spacing
    return VolumeInfo(
        id=volume.pk,
        name=volume.name,
        modality=volume.modality,
        shape=(shape[0], shape[1], shape[2]),
        spacing=(spacing[0], spacing[1], spacing[2]),
        affine=np.array(volume.affine),
        path=store.original_path(volume.original),
    )
