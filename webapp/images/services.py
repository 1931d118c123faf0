"""Writes on pictures: importing, adding one, tutorial pictures, and what moderators decide about them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from webapp.accounts.models import StaffMember
from webapp.images import hashing, store
from webapp.images.importers import files
from webapp.images.importers.base import Context, Found
from webapp.images.importers.intake import pictures_in
from webapp.images.importers.marks import Labels
from webapp.images.importers.pictures import displayed
from webapp.images.labelling import LabelSet
from webapp.images.models import Image, ImportJob, Source
from webapp.images.options import ImportOptions
from webapp.images.pipeline import CommonPath, render
from webapp.images.report import ImportReport, Refusal, TakenImage
from webapp.images.sandbox.client import Sandbox
from webapp.images.sandbox.limits import BadFile, check_picture
from webapp.images.writer import Writer, crops_of
from webapp.projects.models import Exemplar, Label, Project
from webapp.projects.services import ProjectError
from webapp.projects.services import add_exemplar as add_exemplar_row

__all__ = ["BadFile", "ImportOptions", "ImportReport", "Refusal", "TakenImage", "import_path"]

FLAT = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}  # of volumes a folder says too little
MOST_CLASSES = 50  # that folders are asked about
MAX_STRETCH = 0.03  # of a side, where pictures must all be of one size


def import_path(
    *,
    by: StaffMember | None,
    project: Project,
    path: Path,
    options: ImportOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
    on_stored: Callable[[list[TakenImage]], None] | None = None,
) -> ImportReport:
    """Take all pictures of a folder, a zip or a file into a project, with the labels that come along.

    A bad file is refused with one sentence and the rest goes on; no picture is ever half there; the same import again
    takes nothing twice and finishes what was left. `progress(done, total)` counts pictures; `total` grows as files
    turn out to hold several. `on_stored` runs within the transaction that writes a batch's rows, so that what a caller
    makes of pictures (tasks, truths) is there with them or not at all; pictures that were there before come too, in
    `report.skipped`.
    """
    options = options or ImportOptions()
    report = ImportReport()
    _clear_abandoned()
    labels = Labels()
    label_set = LabelSet(project, names=options.label_names, create=options.create_labels, by=by)
    total = done = 0

    def more(count: int) -> None:
        # A file counted as one picture until it says how many it holds.
        nonlocal total
        total += count

    try:
        with Sandbox() as sandbox, files.listed(Path(path), report.refuse) as listing:
            context = Context(options, sandbox, labels, label_set, store.salt(), report.refuse, more, report.note)
            writer = Writer(project, common_path_of(project), options, label_set, report, on_stored)
            for found in pictures_in(listing, context):
                for part in crops_of(found, options):
                    writer.add(part)
                done += 1
                if progress:
                    progress(min(done, total), total)
            writer.flush()
            report.peak_decoder_kib = sandbox.peak_kib
    except BadFile as error:
        report.refuse(Path(path).name, str(error))
    if labels.has_maps() and not (label_set.declared(labels.values) or label_set.by_order()):
        report.note("Label maps were left out: neither labels.json nor the label set says what their values mean.")
    if project.kind == Project.Kind.CLASS and not label_set.in_order:
        report.notes += _folders_told(report)
    if label_set.partly:
        report.note(
            f"{label_set.partly} pictures are labelled in part (255 or ignore): these labels are no known answers."
        )
    for word, count in label_set.unknown.most_common(20):
        report.note(f"{count} marks called {word[:60]!r} were left out: the project has no such label.")
    if progress:
        progress(done, done)
    return report


def _folders_told(report: ImportReport) -> list[str]:
    """Folders may be classes: a project without labels cannot know."""
    names = [PurePosixPath(image.name) for image in report.taken]
    folders = sorted({name.parent.name for name in names if name.suffix.lower() in FLAT} - {""})
    if not 2 <= len(folders) <= MOST_CLASSES:
        return []
    named = ", ".join(folders[:5]) + (" ..." if len(folders) > 5 else "")
    return [f"The pictures lie in folders {named}: where these are classes, make them labels first."]


@contextmanager
def decoder() -> Iterator[Sandbox]:
    """One decoding process for many calls of `add_picture` or `add_exemplar` with paths."""
    with Sandbox() as sandbox:
        yield sandbox


def add_picture(
    *,
    project: Project,
    picture: np.ndarray | Path,
    name: str,
    group: str,
    provenance: dict[str, Any],
    size: tuple[int, int] | None = None,
    markers: str = "",
    sandbox: Sandbox | None = None,
    by: StaffMember | None = None,
) -> Image:
    """Take one picture through the same pipeline as every other (I2), such as an item of a gold pack.

    `picture`: [h, w] or [h, w, 3] of uint8, uint16 or float 0-1, or a file; `size`: (width, height) to serve exactly,
    where the project's pictures are all of one size. The same pixels again return the picture that is there.
    Raises `BadFile`.
    """
    pixels = _pixels(picture, sandbox)
    _check_shape(pixels, size)
    found = Found(
        name=name,
        group=group,
        key=hashing.key_of(pixels),
        pixels=displayed(pixels) if pixels.dtype.kind != "f" else pixels,
        original=pixels,
        format="pack",
        markers=markers,
        provenance=provenance,
    )
    report = ImportReport()
    label_set = LabelSet(project, names={}, create=False, by=by)
    writer = Writer(project, common_path_of(project), ImportOptions(), label_set, report, None)
    writer.add(found, size=size)
    writer.flush()
    if report.refused:
        raise BadFile(report.refused[0].reason)
    return Image.objects.get(pk=(report.taken or report.skipped)[0].image_id)


def _check_shape(pixels: np.ndarray, size: tuple[int, int] | None) -> None:
    """A picture that had to be stretched would be known by it."""
    height, width = pixels.shape[:2]
    if size and abs(width * size[1] - height * size[0]) > MAX_STRETCH * height * size[0]:
        raise BadFile(
            f"Expected a picture in the shape of the project's others ({size[0]} x {size[1]} px); "
            f"got {width} x {height}."
        )


def add_exemplar(
    *,
    by: StaffMember | None,
    project: Project,
    picture: np.ndarray | Path,
    caption: str,
    label: Label | None = None,
    is_positive: bool = True,
    sandbox: Sandbox | None = None,
) -> Exemplar:
    """Show a picture in the tutorial; it goes through the project's pipeline too. Raises `BadFile`, `ProjectError`."""
    served = render(displayed(_pixels(picture, sandbox)), common_path_of(project))
    name = store.new_name()
    with store.writing([name]), transaction.atomic():
        store.write_whole(store.picture_path(name), served.bytes)
        return add_exemplar_row(
            by=by, project=project, file=name, caption=caption, label=label, is_positive=is_positive
        )


def common_path_of(project: Project) -> CommonPath:
    """The strength of the pipeline that the project's pictures go through."""
    return CommonPath(**project.common_path)


def may_change_common_path(project: Project) -> bool:
    """Whether the project is still empty and nothing is on its way."""
    unfinished = (ImportJob.State.WAITING, ImportJob.State.RUNNING)
    return not (
        Image.objects.filter(project=project).exists()
        or ImportJob.objects.filter(project=project, state__in=unfinished).exists()
    )


def set_common_path(*, by: StaffMember | None, project: Project, path: CommonPath) -> None:
    """Choose the strength while the project is still empty: two strengths would tell two origins apart (I2). Raises
    `ProjectError`."""
    if not may_change_common_path(project):
        raise ProjectError(
            "The strength of the common path is fixed once a project has pictures or an import has begun."
        )
    project.common_path = {
        "max_side": path.max_side,
        "factor": path.factor,
        "noise": path.noise,
        "quality": path.quality,
    }
    project.save(update_fields=["common_path"])


def decide_text(*, by: StaffMember, images: Iterable[UUID], clear: bool) -> int:
    """A moderator looked at pictures suspected to bear text (I13): clear, or refused for good. Returns how many."""
    state = Source.BurnedIn.CLEAR if clear else Source.BurnedIn.REFUSED
    waiting = Source.objects.filter(image_id__in=list(images)).exclude(burned_in=state)
    return waiting.update(burned_in=state)


def _pixels(picture: np.ndarray | Path, sandbox: Sandbox | None) -> np.ndarray:
    if isinstance(picture, np.ndarray):
        if picture.ndim < 2:
            raise BadFile(f"Expected a picture of shape [h, w] or [h, w, 3]; got {list(picture.shape)}.")
        check_picture(picture.shape[1], picture.shape[0])
        return picture
    if sandbox is None:
        with decoder() as own:
            return _pixels(picture, own)
    try:
        read = sandbox.call("picture", path=str(picture))
        return np.array(np.load(read["folder"] / read["pages"][0], allow_pickle=False))
    finally:
        sandbox.clear()


def _clear_abandoned() -> None:
    """Remove what killed imports left: unpacked archives, and pictures whose rows were never written."""
    files.sweep()
    for note, names in store.abandoned():
        there = set(Image.objects.filter(file__in=names).values_list("file", flat=True))
        there |= set(Exemplar.objects.filter(file__in=names).values_list("file", flat=True))
        store.remove_pictures(set(names) - there)
        note.unlink(missing_ok=True)
