"""What happens to a batch: ordered, held by one maker at a time, finished, decided by a moderator."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from quality.store import selectors as store
from quality.store.services import approve_pack, decide_gold, give_back_held, reject_pack, split_gold
from quality.supply.models import Batch, Recipe
from quality.supply.planning import ALL_BARRED, labels_to_make, lack_of
from quality.supply.recipes import SupplyError
from webapp.accounts.models import StaffMember
from webapp.projects.models import Project

BUSY_SECONDS = 300  # after its last sign of life a maker is taken for dead
ATTEMPTS = 5
State = Batch.State


class Lost(Exception):
    """The batch is no longer this maker's: it was taken for dead, or the batch was called off."""


# -- ordering ---------------------------------------------------------------------------------------------------------


def order(*, by: StaffMember | None, project: Project, why: str = "") -> Batch:
    """Ask for a batch by the project's recipe; a worker makes it. Raises SupplyError."""
    recipe = Recipe.objects.filter(project=project).first()
    if recipe is None:
        raise SupplyError("The project has no recipe yet.")
    labels = labels_to_make(project, recipe)
    if not labels:
        raise SupplyError(ALL_BARRED)
    try:
        with transaction.atomic():
            return Batch.objects.create(project=project, plan=_plan(recipe, labels), why=why, by=by)
    except IntegrityError:
        raise SupplyError("A batch is on its way, or waits for a decision, already.") from None


@transaction.atomic
def cannot_order(*, project: Project, why: str, reason: str) -> Batch:
    """Write down that a batch was wanted and cannot be made; what experts labelled serves instead."""
    plan = _plan(Recipe.objects.get(project=project), [])
    batch = Batch.objects.create(
        project=project, plan=plan, why=why, state=State.REFUSED, reason=reason[:500], finished_at=timezone.now()
    )
    batch.held_used = fall_back(project)
    batch.save(update_fields=["held_used"])
    return batch


def _plan(recipe: Recipe, labels: list[str]) -> dict[str, Any]:
    names = ("generator", "checkpoint", "steps", "guidance", "material", "size", "spare")
    plan = {name: getattr(recipe, name) for name in names}
    return {**plan, "labels": labels, "seed": secrets.randbits(31)}


# -- the maker's hold -------------------------------------------------------------------------------------------------


def claim(batch_id: int, *, now: datetime) -> str | None:
    """Take a batch to make it; returns the maker's token, or None where it is done or another maker is alive.

    One statement decides, so that of two makers one gets it. A batch that was begun too often without getting done is
    refused.
    """
    token = secrets.token_hex(16)
    dead = Q(beat_at=None) | Q(beat_at__lt=now - timedelta(seconds=BUSY_SECONDS))
    free = Batch.objects.filter(dead, pk=batch_id, state__in=Batch.ON_ITS_WAY)
    if not free.update(holder=token, beat_at=now, attempts=F("attempts") + 1):
        return None
    batch = Batch.objects.get(pk=batch_id)
    if batch.attempts > ATTEMPTS:
        reason = f"It was begun {ATTEMPTS} times without getting done. {batch.told}".strip()
        finish(batch, token, State.REFUSED, reason=reason)
        return None
    return token


def beat(batch_id: int, token: str, **values: Any) -> None:
    """Show that the maker is alive, and write what it got done. Raises Lost."""
    mine = Batch.objects.filter(pk=batch_id, holder=token, state__in=Batch.ON_ITS_WAY)
    if not mine.update(beat_at=timezone.now(), **values):
        raise Lost


def let_go(batch_id: int, token: str, *, told: str) -> None:
    """Leave a batch to the next maker, with a word on why."""
    Batch.objects.filter(pk=batch_id, holder=token).update(holder="", beat_at=None, told=told[:200])


@transaction.atomic
def finish(batch: Batch, token: str, state: str, *, reason: str = "", **values: Any) -> None:
    """End the making. Where it gave no gold, its material is held back again, and of all that experts labelled and is
    held back as much serves as gold instead as is missing. Raises Lost."""
    values |= {"state": state, "reason": reason[:500], "finished_at": timezone.now(), "told": ""}
    beat(batch.pk, token, **values)
    if state in (State.REFUSED, State.NOT_CERTIFIABLE):
        undo(Batch.objects.get(pk=batch.pk))
        Batch.objects.filter(pk=batch.pk).update(held_used=fall_back(batch.project))


def pack_name(batch: Batch) -> str:
    return f"Batch {batch.pk} of {batch.project.slug}"


@transaction.atomic
def undo(batch: Batch) -> None:
    """Of a batch that nobody will be shown anything of: put away what was imported before it ended, and hold its
    material back again."""
    for pack in store.packs(batch.project):
        if pack.name == pack_name(batch):
            reject_pack(by=None, pack_id=pack.id)
    give_back_held(project=batch.project, images=[UUID(image) for image in batch.material])
    Batch.objects.filter(pk=batch.pk).update(material=[])


def fall_back(project: Project) -> int:
    """Make as much of what experts labelled and is held back gold as is missing; returns how many."""
    recipe = Recipe.objects.filter(project=project).first()
    missing = lack_of(project, recipe, now=timezone.now()).tasks if recipe else 0
    if missing <= 0 or recipe is None:
        return 0
    return split_gold(by=None, project=project, number=min(missing, recipe.size))


# -- decisions --------------------------------------------------------------------------------------------------------


@transaction.atomic
def approve_batch(
    *, by: StaffMember | None, project: Project, batch_id: int, without: Collection[UUID] = ()
) -> tuple[int, int]:
    """Use a batch's candidates as gold from the next release on, but for the tasks in `without`, which are put away;
    returns how many of each. Raises SupplyError."""
    batch = _waiting(project, batch_id)
    own = {item.row.id for item in store.gold_items(project, pack_id=batch.pack_id, limit=batch.plan["size"])}
    left_out = decide_gold(by=by, project=project, tasks=own & set(without), approve=False)
    used = approve_pack(by=by, pack_id=batch.pack_id or 0)
    _decided(batch, by, State.APPROVED)
    return used, left_out


@transaction.atomic
def reject_batch(*, by: StaffMember | None, project: Project, batch_id: int) -> int:
    """Put all of a batch's candidates away for good; returns how many. Raises SupplyError."""
    batch = _waiting(project, batch_id)
    everything = sum(next(pack.counts for pack in store.packs(project) if pack.id == batch.pack_id).values())
    count = reject_pack(by=by, pack_id=batch.pack_id or 0)
    _decided(batch, by, State.REJECTED)
    if count == everything:  # none became gold, or part of a study, before
        undo(batch)
    return count


@transaction.atomic
def call_off(*, by: StaffMember | None, project: Project, batch_id: int) -> None:
    """Stop a batch that is on its way; its maker notices within seconds. Raises SupplyError."""
    batch = _locked(project, batch_id)
    if batch.state not in Batch.ON_ITS_WAY:
        raise SupplyError("This batch is not on its way any more.")
    batch.finished_at = timezone.now()
    _decided(batch, by, State.REJECTED)
    undo(batch)


def settle(project: Project) -> None:
    """Close a batch whose candidates were all decided elsewhere, on the page of all gold or by a program."""
    for batch in Batch.objects.filter(project=project, state=State.WAITING):
        counts = next((pack.counts for pack in store.packs(project) if pack.id == batch.pack_id), {})
        if not counts.get("candidate"):
            _decided(batch, None, State.APPROVED if counts.get("approved") else State.REJECTED)


def _locked(project: Project, batch_id: int) -> Batch:
    batch = Batch.objects.select_for_update(of=("self",)).filter(project=project, pk=batch_id).first()
    if batch is None:
        raise SupplyError("There is no such batch in this project.")
    return batch


def _waiting(project: Project, batch_id: int) -> Batch:
    batch = _locked(project, batch_id)
    if batch.state != State.WAITING:
        raise SupplyError("This batch does not wait for a decision.")
    return batch


def _decided(batch: Batch, by: StaffMember | None, state: str) -> None:
    batch.state, batch.decided_by, batch.decided_at = state, by, timezone.now()
    batch.save(update_fields=["state", "decided_by", "decided_at", "finished_at"])
