"""Submitting answers: immutable, idempotent, never lost (I6, I8). Keeps to the volunteer tier's allow-list."""

import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotations import answers
from webapp.annotations.answers import InvalidAnswer
from webapp.annotations.models import Annotation, Flag
from webapp.projects.models import Label
from webapp.tasks.errors import Conflict, NotYours
from webapp.tasks.models import LIVE, Assignment, Hand, Round

__all__ = ["Conflict", "InvalidAnswer", "NotYours", "flag", "submit"]

MAX_MILLISECONDS = 2**31 - 1


def submit(
    *,
    by: User,
    assignment_id: uuid.UUID,
    answer: Any,
    trace: Any = None,
    client_ms: int | None = None,
    now: datetime | None = None,
) -> tuple[Annotation, bool]:
    """Store an answer; (the annotation, whether it is new). The same body again gives the stored one.

    A late answer (lease gone, skipped) is kept too: its assignment stays expired, and the grader counts it if a
    place is free. Raises NotYours, Conflict, InvalidAnswer.
    """
    assignment = _assignment(by, assignment_id)
    digest = _digest(answer, trace, client_ms)
    checked = answers.validated(
        answer,
        kind=assignment["task__project__kind"],
        labels=_label_keys(assignment["task__project_id"], assignment["task__project__kind"]),
        width=assignment["task__image__width"],
        height=assignment["task__image__height"],
    )
    annotation = Annotation(
        assignment_id=assignment_id,
        task_id=assignment["task_id"],
        annotator=by,
        answer=checked,
        digest=digest,
        trace=answers.validated_trace({} if trace is None else trace),
        client_ms=None if client_ms is None else min(max(int(client_ms), 0), MAX_MILLISECONDS),
    )
    try:
        _insert(annotation, assignment, now or timezone.now())
    except IntegrityError:
        stored = Annotation.objects.filter(assignment_id=assignment_id).first()
        if stored is None:
            raise
        if stored.digest != digest:
            raise Conflict("This assignment was answered before, and answers don't change.") from None
        return stored, False
    return annotation, True


def _assignment(by: User, assignment_id: uuid.UUID) -> dict[str, Any]:
    row = (
        Assignment.objects.filter(pk=assignment_id, annotator=by)
        .values(
            "hand_id",
            "round_id",
            "task_id",
            "task__project_id",
            "task__project__kind",
            "task__image__width",
            "task__image__height",
        )
        .first()
    )
    if row is None:
        raise NotYours
    return row


def _label_keys(project_id: int, kind: str) -> set[str]:
    """Mask answers name no label: their task does."""
    return set() if kind == "mask" else set(Label.objects.filter(project_id=project_id).values_list("key", flat=True))


def _digest(*body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@transaction.atomic
def _insert(annotation: Annotation, assignment: dict[str, Any], now: datetime) -> None:
    """The answer, its assignment and its round, together or not at all."""
    # The hand's lock orders two answers of one person; the round's tenth is then the tenth for sure.
    hand = Hand.objects.select_for_update().get(pk=assignment["hand_id"])
    in_round = hand.round_id is not None and hand.round_id == assignment["round_id"]
    annotation.round_id = hand.round_id if in_round else None
    annotation.save(force_insert=True)
    Assignment.objects.filter(pk=annotation.assignment_id, state__in=LIVE).update(
        state=Assignment.State.ANSWERED, closed_at=now
    )
    if in_round:
        _count(hand, now)


def _count(hand: Hand, now: datetime) -> None:
    """One more answer in the hand's round; the last one completes it."""
    hand.answered += 1
    size = Round.objects.filter(pk=hand.round_id).values_list("size", flat=True).get()
    if hand.answered >= size:
        Round.objects.filter(pk=hand.round_id).update(completed_at=now)
        hand.round, hand.answered = None, 0
    hand.save(update_fields=["round", "answered"])


@transaction.atomic
def flag(*, by: User, assignment_id: uuid.UUID, comment: str = "") -> None:
    """Report that something is wrong with the picture; safe to repeat. Raises NotYours."""
    if not Assignment.objects.filter(pk=assignment_id, annotator=by).exists():
        raise NotYours
    if not Flag.objects.filter(assignment_id=assignment_id, annotator=by, comment=comment[:500]).exists():
        Flag.objects.create(assignment_id=assignment_id, annotator=by, comment=comment[:500])
