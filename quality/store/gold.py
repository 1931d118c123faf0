"""Gold: bringing known answers in and deciding which are used; `disputes` is about those that turn out wrong.

Nothing here ever takes back what was dealt: a task whose truth is withdrawn lives on as it did (I3).
"""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from quality.domain import masks
from quality.store.models import GoldPack, GoldTruth, TaskState
from quality.store.order import shuffle_rows
from quality.store.studies import spent_images
from synth.manifest import Item, Manifest, PackError, picture_path, read, read_gates
from webapp.accounts.models import StaffMember
from webapp.images.geometry import Placement
from webapp.images.selectors import Look, common_look, origin_of
from webapp.images.services import BadFile, add_picture, decoder
from webapp.projects.models import Label, Project
from webapp.tasks.models import Assignment
from webapp.tasks.services import create_tasks


class GoldError(ValueError):
    """What was asked for cannot be done; the message is one sentence."""


@dataclass
class PackReport:
    """What became of a pack's items. `skipped`: pictures that the project had before."""

    pack_id: int
    name: str
    taken: int = 0
    skipped: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)


def import_gold_pack(
    *, by: StaffMember | None, project: Project, path: Path, progress: Callable[[int, int], None] | None = None
) -> PackReport:
    """Take a gold pack's pictures through the project's pipeline; their truths wait as candidates.

    Safe to repeat and to be killed: each item is there with its truth or not at all. Raises GoldError where the pack
    does not fit the project or cannot be read; a single bad picture is refused and the rest goes on.
    """
    try:
        manifest, gates = read(Path(path)), read_gates(Path(path))
    except PackError as error:
        raise GoldError(str(error)) from error
    if manifest.is_from_crowd:
        raise GoldError(
            f"What made this pack learnt from {manifest.labels_from['crowd']} labels of the crowd, so that its answers "
            "are not known and it cannot become gold; its pictures may be imported as ordinary ones."
        )
    labels = _fitting_labels(project, manifest)
    pack, _ = GoldPack.objects.get_or_create(
        project=project,
        name=manifest.name,
        defaults={"manifest": _header(manifest), "gates": gates, "imported_by": by},
    )
    report = PackReport(pack_id=pack.pk, name=pack.name)
    look = common_look(project)  # a size or marks of its own would give every item away (I2)
    with decoder() as sandbox:
        for number, item in enumerate(manifest.items, 1):
            try:
                new = _take_item(by, project, pack, Path(path), item, labels, look, sandbox)
                report.taken += new
                report.skipped += not new
            except (BadFile, PackError) as error:
                report.refused.append({"name": item.image, "reason": str(error)})
            if progress:
                progress(number, len(manifest.items))
    shuffle_waiting(project)
    return report


def _fitting_labels(project: Project, manifest: Manifest) -> dict[str, Label]:
    if manifest.kind != project.kind:
        raise GoldError(f"The pack holds {manifest.kind} answers, but the project asks for {project.kind} answers.")
    labels = {label.key: label for label in project.labels.all()}
    unknown = [label.key for label in manifest.labels if label.key not in labels]
    if unknown:
        raise GoldError(f"The pack uses the label {unknown[0]!r}, which the project's label set does not have.")
    return labels


def _header(manifest: Manifest) -> dict[str, Any]:
    """The manifest without its items: what made the pack (I10)."""
    body = manifest.to_json()
    return {**{key: value for key, value in body.items() if key != "items"}, "n_items": len(manifest.items)}


@transaction.atomic
def _take_item(
    by: StaffMember | None,
    project: Project,
    pack: GoldPack,
    folder: Path,
    item: Item,
    labels: dict[str, Label],
    look: Look,
    sandbox: Any,
) -> bool:
    """One picture and its truth; False if the project has a task for it already, or a study has shown it."""
    image = add_picture(
        by=by,
        project=project,
        picture=picture_path(folder, item.image),
        name=item.image,
        group=item.group,
        provenance={"pack": pack.name, "origin": item.origin, **item.provenance},
        size=look.size,
        markers=look.markers,
        sandbox=sandbox,
    )
    if spent_images([image.pk]):
        return False
    tasks = create_tasks(project=project, images=[image], labels=[labels[item.label]] if item.label else None)
    if not tasks:
        return False
    placement = origin_of(image.pk).placement
    states = [TaskState(task=task, project=project, target=project.redundancy) for task in tasks]
    TaskState.objects.bulk_create(states)
    GoldTruth.objects.create(
        task=tasks[0],
        project=project,
        pack=pack,
        state=GoldTruth.State.CANDIDATE,
        origin=item.origin,
        answer=_served(item.answer, placement),
        known_region=_served_region(item.known_region, placement),
    )
    return True


def _served(answer: dict[str, Any], placement: Placement) -> dict[str, Any]:
    """An answer in pixels of the pack's picture, in pixels of the served one."""
    if answer["kind"] == "box":
        boxes = [(placement.box_to_served(tuple(box[:4])), box[4]) for box in answer["boxes"]]
        kept = [[*edges, label] for edges, label in boxes if edges]
        return {"kind": "box", "boxes": kept} if kept else {"kind": "nothing"}
    if answer["kind"] == "mask":
        mask = placement.map_to_served(masks.decode(answer["rle"]))
        return {"kind": "mask", "rle": masks.encode(mask)} if mask.any() else {"kind": "nothing"}
    return answer


def _served_region(region: dict[str, Any] | None, placement: Placement) -> dict[str, Any] | None:
    if region is None:
        return None
    boxes = [placement.box_to_served(tuple(box)) for box in region["boxes"]]
    return {"boxes": [list(box) for box in boxes if box]}


def shuffle_waiting(project: Project) -> None:
    """Lay all tasks that nobody has seen down in a new order, so that a delivery cannot be told by its place."""
    waiting = TaskState.objects.filter(project=project, state=TaskState.State.WAITING)
    shuffle_rows(list(waiting.values_list("task_id", flat=True)))


@transaction.atomic
def approve_pack(*, by: StaffMember | None, pack_id: int, now: datetime | None = None) -> int:
    """Use all candidates of a pack as gold from the next release on; returns how many."""
    pack = _pack(pack_id)
    approved = _candidates(pack).update(state=GoldTruth.State.APPROVED)
    GoldPack.objects.filter(pk=pack.pk).update(approved_by=by, approved_at=now or timezone.now())
    return approved


@transaction.atomic
def reject_pack(*, by: StaffMember | None, pack_id: int) -> int:
    """Put a pack's candidates away for good; returns how many."""
    return _retire(list(_candidates(_pack(pack_id)).values_list("task_id", flat=True)))


@transaction.atomic
def decide_gold(*, by: StaffMember | None, project: Project, tasks: Collection[UUID], approve: bool) -> int:
    """Approve or put away single candidates; returns how many were decided."""
    candidates = GoldTruth.objects.filter(project=project, task__in=tasks, state=GoldTruth.State.CANDIDATE)
    if approve:
        return candidates.update(state=GoldTruth.State.APPROVED)
    return _retire(list(candidates.values_list("task_id", flat=True)))


def _pack(pack_id: int) -> GoldPack:
    pack = GoldPack.objects.select_for_update().filter(pk=pack_id).first()
    if pack is None:
        raise GoldError(f"There is no gold pack with number {pack_id}.")
    return pack


def _candidates(pack: GoldPack) -> QuerySet[GoldTruth]:
    return GoldTruth.objects.filter(pack=pack, state=GoldTruth.State.CANDIDATE)


def _retire(tasks: list[UUID]) -> int:
    TaskState.objects.filter(task__in=tasks).update(state=TaskState.State.RETIRED)
    return GoldTruth.objects.filter(task__in=tasks).update(state=GoldTruth.State.RETIRED)


@transaction.atomic
def split_gold(
    *,
    by: StaffMember | None,
    project: Project,
    tasks: Iterable[UUID] | None = None,
    share: float | None = None,
    number: int | None = None,
    rng: np.random.Generator | None = None,
) -> int:
    """Turn held truths into gold: the given `tasks`, or a random `share` or `number` of all held; returns how many.

    Only tasks that were never dealt: whoever has seen one as an open task has seen it.
    """
    if [tasks, share, number].count(None) != 2:
        raise GoldError("Say either which tasks, which share or how many are to become gold.")
    if share is not None and not 0 < share <= 1:
        raise GoldError(f"The share of gold lies above 0 and at most at 1; it is {share}.")
    fresh = GoldTruth.objects.select_for_update().filter(
        ~Exists(Assignment.objects.filter(task=OuterRef("task"))), project=project, state=GoldTruth.State.HELD
    )
    if tasks is not None:
        chosen = list(fresh.filter(task__in=list(tasks)).values_list("task_id", flat=True))
    else:
        held = sorted(fresh.values_list("task_id", flat=True))
        wanted = number if number is not None else math.ceil((share or 0) * len(held))
        order = (rng or np.random.default_rng()).permutation(len(held))
        chosen = [held[i] for i in order[:wanted]]
    # What the dealer has released as open already goes back to wait for a mixed batch.
    TaskState.objects.filter(task__in=chosen, state=TaskState.State.OPEN).update(state=TaskState.State.WAITING)
    return GoldTruth.objects.filter(task__in=chosen).update(state=GoldTruth.State.APPROVED)
