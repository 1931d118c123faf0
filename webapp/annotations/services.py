"""Writes of this room: an answer, a flag. Same path and same shape for every task (I3)."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotations.answers import InvalidAnswer, Question, clean_answer, clean_client_ms, clean_trace
from webapp.annotations.merging import merge_people
from webapp.annotations.models import Annotation, Flag
from webapp.projects.models import Project
from webapp.projects.remembered import label_keys
from webapp.tasks.errors import Conflict, NotYours
from webapp.tasks.models import Assignment, Hand, Round

__all__ = ["Conflict", "InvalidAnswer", "NotYours", "flag", "merge_people", "submit"]

MAX_COMMENT = 500


class _Answered(Exception):
    """The question has an answer already; undoes what was begun."""


def submit(
    *, by: User, assignment_id: UUID, answer: Any, trace: Any = None, client_ms: Any = None
) -> tuple[Annotation, bool]:
    """Store `by`'s answer to a question they claimed; returns it and whether it is new.

    The same body again returns the stored answer and False. A late answer, its lease gone or the question skipped
    meanwhile, is kept like any other; whether it counts is the grader's business.

    NotYours: no such question for `by`. Conflict: another answer is stored. InvalidAnswer: one sentence says why.
    """
    digest = _digest({"answer": answer, "trace": trace or {}, "client_ms": client_ms})
    try:
        with transaction.atomic():
            asked = _counted(by, assignment_id)
            cleaned = clean_answer(answer, _question(asked))
            now = timezone.now()
            annotation = Annotation(
                assignment_id=assignment_id,
                task_id=asked["task_id"],
                annotator=by,
                round_id=_advance(asked, by, now),
                answer=cleaned,
                digest=digest,
                trace=clean_trace(trace or {}),
                client_ms=clean_client_ms(client_ms),
            )
            annotation.save(force_insert=True)
            Assignment.objects.filter(pk=assignment_id).update(state=Assignment.State.ANSWERED, closed_at=now)
            return annotation, True
    except _Answered:
        return _as_before(assignment_id, digest), False


@transaction.atomic
def flag(*, by: User, assignment_id: UUID, comment: str = "") -> Flag:
    """Note that something is wrong with the picture of a question that `by` claimed. The same again is one flag."""
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT:
        raise InvalidAnswer(f"A comment is a text of at most {MAX_COMMENT} characters.")
    assignment = _claimed(by, assignment_id).select_for_update(no_key=True).only("pk").first()
    if assignment is None:
        raise NotYours
    given = Flag.objects.filter(assignment=assignment, annotator=by, comment=comment).defer("resolved_at").first()
    return given or Flag.objects.create(assignment=assignment, annotator=by, comment=comment)


def _claimed(by: User, assignment_id: UUID) -> QuerySet[Assignment]:
    return Assignment.objects.filter(pk=assignment_id, annotator=by, claimed_at__isnull=False)


def _counted(by: User, assignment_id: UUID) -> dict[str, Any]:
    """All that an answer is checked against, with this answer counted in its hand.

    To count comes first: it locks the hand, so that what is read afterwards stays as it is.
    """
    theirs = Hand.objects.filter(assignments__pk=assignment_id, assignments__annotator=by)
    theirs.update(answered=F("answered") + 1)
    asked = (
        _claimed(by, assignment_id)
        .values(
            *("state", "task_id", "hand_id", "hand__answered", "hand__round_id", "hand__round__size"),
            *("hand__project_id", "hand__project__kind", "hand__project__round_size"),
            *("task__image__width", "task__image__height"),
        )
        .first()
    )
    if asked is None:
        raise NotYours
    if asked["state"] == Assignment.State.ANSWERED:
        raise _Answered
    return asked


def _as_before(assignment_id: UUID, digest: str) -> Annotation:
    annotation = Annotation.objects.get(assignment=assignment_id)
    if annotation.digest != digest:
        raise Conflict("This question already has another answer from you; answers cannot be changed.")
    return annotation


def _question(asked: dict[str, Any]) -> Question:
    kind = asked["hand__project__kind"]
    labels = () if kind == Project.Kind.MASK else label_keys(asked["hand__project_id"]) or ()
    return Question(kind=kind, labels=labels, width=asked["task__image__width"], height=asked["task__image__height"])


def _advance(asked: dict[str, Any], by: User, now: datetime) -> UUID:
    """The round that the answer belongs to, which may be a later one than it was claimed in; closes it when full."""
    hand = Hand.objects.filter(pk=asked["hand_id"])
    round_id, size, answered = asked["hand__round_id"], asked["hand__round__size"], asked["hand__answered"]
    if round_id is None:  # late: its own round was completed without it
        size, answered = asked["hand__project__round_size"], 1
        round_id = Round.objects.create(
            project_id=asked["hand__project_id"], annotator=by, size=size, started_at=now
        ).pk
        hand.update(round=round_id, answered=answered)
    if answered >= size:
        Round.objects.filter(pk=round_id).update(completed_at=now)
        hand.update(round=None, answered=0)
    return round_id


def _digest(body: dict[str, Any]) -> str:
    try:
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise InvalidAnswer("The answer must be plain JSON with finite numbers.") from None
    return hashlib.sha256(canonical.encode()).hexdigest()
