"""From a found picture to files and rows, in batches: all of a batch is there, or nothing of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import PIL
from django.db import IntegrityError, transaction

from webapp.images import hashing, originals, store
from webapp.images.geometry import Placement, square_around
from webapp.images.importers.base import Found, VolumeFacts
from webapp.images.importers.marks import Marks
from webapp.images.importers.slicing import spacing_of
from webapp.images.known import KnownLabels
from webapp.images.labelling import LabelSet, known
from webapp.images.models import Image, Source, Volume
from webapp.images.options import ImportOptions
from webapp.images.pipeline import CommonPath, Served, render
from webapp.images.report import ImportReport, TakenImage
from webapp.images.sandbox.limits import BadFile, check_picture
from webapp.projects.models import Project

BATCH = 24

Crop = tuple[int, int, int, int]


@dataclass(frozen=True)
class Part:
    """A found picture, or a crop of one."""

    found: Found
    key: str
    name: str
    crop: Crop | None = None
    marks: Marks | None = None


def crops_of(found: Found, options: ImportOptions) -> Iterator[Part]:
    """The whole picture, or with `options.crops` a square around each labelled box, of that box's class."""
    if not options.crops:
        yield Part(found, found.key, found.name, None, found.marks)
        return
    height, width = found.pixels.shape[:2]
    boxes = (found.marks.pixel_boxes(width, height) if found.marks else None) or []
    for number, (*edges, label) in enumerate(boxes, start=1):
        if edges[0] >= width or edges[1] >= height or edges[2] <= 0 or edges[3] <= 0:
            continue
        crop = square_around(
            (edges[0], edges[1], edges[2], edges[3]), width=width, height=height, context=options.crop_context
        )
        key = hashing.key_from(found.key, crop)
        yield Part(found, key, f"{found.name} cell {number}", crop, Marks(label=label))


@dataclass
class _Ready:
    """A part, encoded and placed, that waits for its batch."""

    part: Part
    served: Served
    placement: Placement
    labels: KnownLabels
    original: str
    look: str
    file: str


class Writer:
    """Takes parts one by one; rows and files appear with each full batch and with `flush`."""

    def __init__(
        self,
        project: Project,
        path: CommonPath,
        options: ImportOptions,
        labels: LabelSet,
        report: ImportReport,
        on_stored: Callable[[list[TakenImage]], None] | None,
    ) -> None:
        self._project = project
        self._path = path
        self._options = options
        self._labels = labels
        self._report = report
        self._on_stored = on_stored
        self._waiting: list[_Ready] = []
        self._keys: set[str] = set()  # of this run: the same picture under two names is taken once
        self._volumes: dict[str, str] = {}

    def add(self, part: Part | Found, *, size: tuple[int, int] | None = None) -> None:
        """Encode a part, unless the project has it; refused where it is too small or no picture."""
        if isinstance(part, Found):
            part = Part(part, part.key, part.name, None, part.marks)
        if part.key in self._keys:
            self._report.twins += 1
            return
        self._keys.add(part.key)
        try:
            if not self._there_already(part):
                self._waiting.append(self._ready(part, size))
        except (BadFile, ValueError) as error:
            self._report.refuse(part.name, str(error))
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits: files first, then all rows in one transaction."""
        batch, self._waiting = self._waiting, []
        for last_try in (False, True):
            batch = [ready for ready in batch if not self._there_already(ready.part)]
            if not batch:
                return
            try:
                self._write(batch)
                return
            except IntegrityError:
                if last_try:
                    raise
                # Another import took some of them since we looked: they are found now.

    def _write(self, batch: list[_Ready]) -> None:
        with store.writing([ready.file for ready in batch]):
            for ready in batch:
                store.write_whole(store.picture_path(ready.file), ready.served.bytes)
            with transaction.atomic():
                volumes = self._volume_rows(batch)
                images = Image.objects.bulk_create([_image_row(self._project, ready) for ready in batch])
                Source.objects.bulk_create(
                    [self._source_row(image, ready, volumes) for image, ready in zip(images, batch, strict=True)]
                )
                taken = [_taken(image, ready) for image, ready in zip(images, batch, strict=True)]
                if self._on_stored:
                    self._on_stored(taken)
        self._report.taken.extend(taken)

    def _there_already(self, part: Part) -> bool:
        """Whether the project has this picture; if so it is reported with the labels that came along."""
        source = (
            Source.objects.filter(project=self._project, key=part.key)
            .values("image_id", "burned_in", "image__width", "image__height")
            .first()
        )
        if source is None:
            return False
        placement = Placement(_crop(part), source["image__width"], source["image__height"])
        labels = known(part.marks, size=_size(part.found), placement=placement, labels=self._labels)
        suspected = source["burned_in"] == Source.BurnedIn.SUSPECTED
        self._report.skipped.append(TakenImage(source["image_id"], part.name, part.found.group, labels, suspected))
        return True

    def _ready(self, part: Part, size: tuple[int, int] | None) -> _Ready:
        x1, y1, x2, y2 = _crop(part)
        check_picture(x2 - x1, y2 - y1)
        pixels = part.found.pixels[y1:y2, x1:x2]
        if part.crop is not None and self._options.crop_size:
            size = (self._options.crop_size, self._options.crop_size)
        served = render(pixels, self._path, aspect=part.found.aspect, size=size)
        placement = Placement(_crop(part), served.width, served.height)
        return _Ready(
            part=part,
            served=served,
            placement=placement,
            labels=known(part.marks, size=_size(part.found), placement=placement, labels=self._labels),
            original=self._kept(part.found),
            look=hashing.look_of(pixels),
            file=store.new_name(),
        )

    def _kept(self, found: Found) -> str:
        """The name of the original, once it is on the disk."""
        if found.slice is None:
            return originals.keep_picture(found.key, found.pixels if found.original is None else found.original)
        volume = found.slice.volume
        if volume.key not in self._volumes:
            self._volumes[volume.key] = originals.keep_volume(volume.key, volume.voxels, volume.affine)
        return self._volumes[volume.key]

    def _volume_rows(self, batch: list[_Ready]) -> dict[str, Volume]:
        rows: dict[str, Volume] = {}
        for ready in batch:
            place = ready.part.found.slice
            if place is not None and place.volume.key not in rows:
                rows[place.volume.key] = _volume_row(self._project, place.volume, ready.original)
        return rows

    def _source_row(self, image: Image, ready: _Ready, volumes: dict[str, Volume]) -> Source:
        found, place = ready.part.found, ready.part.found.slice
        return Source(
            image=image,
            project=self._project,
            key=ready.part.key,
            name=ready.part.name[:300],
            group=found.group,
            original=ready.original,
            width=_size(found)[0],
            height=_size(found)[1],
            crop=list(ready.part.crop) if ready.part.crop else None,
            scale=ready.placement.scale_x,
            flips=str(place.turn) if place else "",
            volume=volumes[place.volume.key] if place else None,
            slice_axis=place.axis if place else None,
            slice_index=place.index if place else None,
            perceptual_hash=ready.look,
            burned_in=Source.BurnedIn.SUSPECTED if found.text_suspected else Source.BurnedIn.CLEAR,
            pipeline=self._path.record(ready.served.seed),
            provenance={"format": found.format, "numpy": np.__version__, "pillow": PIL.__version__, **found.provenance},
        )


def _image_row(project: Project, ready: _Ready) -> Image:
    served, markers = ready.served, ready.part.found.markers
    return Image(project=project, file=ready.file, width=served.width, height=served.height, markers=markers)


def _volume_row(project: Project, facts: VolumeFacts, original: str) -> Volume:
    row, _ = Volume.objects.get_or_create(
        project=project,
        key=facts.key,
        defaults={
            "name": facts.name,
            "modality": facts.modality,
            "shape": list(facts.voxels.shape),
            "spacing": [round(float(mm), 6) for mm in spacing_of(facts.affine)],
            "affine": facts.affine.tolist(),
            "original": original,
        },
    )
    return row


def _taken(image: Image, ready: _Ready) -> TakenImage:
    found = ready.part.found
    return TakenImage(image.pk, ready.part.name, found.group, ready.labels, found.text_suspected)


def _size(found: Found) -> tuple[int, int]:
    return found.pixels.shape[1], found.pixels.shape[0]


def _crop(part: Part) -> Crop:
    return part.crop or (0, 0, *_size(part.found))
