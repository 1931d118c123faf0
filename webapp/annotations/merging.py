"""A guest turns out to be somebody with an account: their work becomes the account's, within the play tier's list.

Of two answers to one task the first wins. The other stays stored with the guest's emptied row (`User.merged_into`
leads to the account), which is how the worker knows that it must not count a second time.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotations.models import Annotation
from webapp.tasks.models import LIVE, Assignment, Hand, Round


@transaction.atomic
def merge_people(*, source: User, target: User) -> None:
    """Make everything that `source` did the work of `target`. Safe to repeat."""
    if source.pk == target.pk:
        return
    now = timezone.now()
    people = [source.pk, target.pk]
    hands = {
        (hand.annotator_id, hand.project_id): hand
        for hand in Hand.objects.select_for_update(no_key=True).filter(annotator__in=people).order_by("pk")
    }
    _settle_doubles(source, target, now)
    for (owner, project_id), hand in hands.items():
        if owner == source.pk:
            _move_hand(hand, hands.get((target.pk, project_id)), target, now)
    Round.objects.filter(annotator=source).update(annotator=target)


def _settle_doubles(source: User, target: User, now: datetime) -> None:
    """Where both were dealt a task, leave the winning assignment (or one of two unanswered) with `target`."""
    fields = ("id", "task_id", "state", "annotation__submitted_at")
    theirs = {row["task_id"]: row for row in Assignment.objects.filter(annotator=target).values(*fields)}
    for mine in Assignment.objects.filter(annotator=source, task_id__in=theirs).values(*fields):
        other = theirs[mine["task_id"]]
        if _answered_before(mine, other):
            _swap(mine["id"], other["id"], source, target)
            mine, other = other, mine
        if mine["state"] in LIVE:
            Assignment.objects.filter(pk=mine["id"], state__in=LIVE).update(
                state=Assignment.State.EXPIRED, closed_at=now
            )


def _answered_before(mine: dict[str, Any], other: dict[str, Any]) -> bool:
    at, other_at = mine["annotation__submitted_at"], other["annotation__submitted_at"]
    return at is not None and (other_at is None or at < other_at)


def _swap(winner: UUID, loser: UUID, source: User, target: User) -> None:
    # In between nobody has the loser's: a task belongs to a person once, checked at every statement.
    Assignment.objects.filter(pk=loser).update(annotator=None)
    _give(winner, target)
    _give(loser, source)


def _give(assignment_id: UUID, to: User) -> None:
    Assignment.objects.filter(pk=assignment_id).update(annotator=to)
    Annotation.objects.filter(assignment=assignment_id).update(annotator=to)


def _move_hand(hand: Hand, own: Hand | None, target: User, now: datetime) -> None:
    """`hand` becomes the target's, or, where they have one of their own, what is open in it moves there."""
    kept = Assignment.objects.filter(hand=hand, annotator=hand.annotator_id)
    doubles = list(
        Assignment.objects.filter(annotator=target, task__in=kept.values("task")).values_list("task_id", flat=True)
    )
    kept = kept.exclude(task__in=doubles)
    Annotation.objects.filter(assignment__in=kept.values("pk")).update(annotator=target)
    ids = list(kept.values_list("pk", flat=True))
    Assignment.objects.filter(pk__in=ids).update(annotator=target)
    if own is None:
        Hand.objects.filter(pk=hand.pk).update(annotator=target)
        return
    moved = Assignment.objects.filter(pk__in=ids, hand=hand)
    moved.filter(state=Assignment.State.DEALT).update(state=Assignment.State.EXPIRED, closed_at=now)
    if own.round_id is None and hand.round_id is not None:
        Hand.objects.filter(pk=own.pk).update(round=hand.round_id, answered=hand.answered)
    Hand.objects.filter(pk=hand.pk).update(round=None, answered=0)
    place = (Assignment.objects.filter(hand=own).aggregate(last=Max("place"))["last"] or 0) + 1
    for number, pk in enumerate(moved.filter(state=Assignment.State.CLAIMED).values_list("pk", flat=True)):
        Assignment.objects.filter(pk=pk).update(hand=own.pk, place=place + number)
