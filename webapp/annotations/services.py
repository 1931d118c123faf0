"""Writes of this room: an answer, a flag. Same path and same shape for every task (I3)."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotations.answers import InvalidAnswer, Question, clean_answer, clean_client_ms, clean_trace
from webapp.annotations.merging import merge_people
from webapp.annotations.models import Annotation, Flag
from webapp.projects.models import Label, Project
from webapp.tasks.errors import Conflict, NotYours
from webapp.tasks.models import Assignment, Hand, Round

__all__ = ["Conflict", "InvalidAnswer", "NotYours", "flag", "merge_people", "submit"]

MAX_COMMENT = 500


@transaction.atomic
def submit(
    *, by: User, assignment_id: UUID, answer: Any, trace: Any = None, client_ms: Any = None
) -> tuple[Annotation, bool]:
    """Store `by`'s answer to a question they claimed; returns it and whether it is new.

    The same body again returns the stored answer and False. A late answer, its lease gone or the question skipped
    meanwhile, is kept like any other; whether it counts is the grader's business.

    NotYours: no such question for `by`. Conflict: another answer is stored. InvalidAnswer: one sentence says why.
    """
    assignment = _locked(by, assignment_id)
    digest = _digest({"answer": answer, "trace": trace or {}, "client_ms": client_ms})
    if assignment.state == Assignment.State.ANSWERED:
        return _as_before(assignment, digest), False
    cleaned = clean_answer(answer, _question(assignment))
    now = timezone.now()
    round_id = _advance(assignment, by, now)
    annotation = Annotation(
        assignment=assignment,
        task_id=assignment.task_id,
        annotator=by,
        round_id=round_id,
        answer=cleaned,
        digest=digest,
        trace=clean_trace(trace or {}),
        client_ms=clean_client_ms(client_ms),
    )
    annotation.save(force_insert=True)
    Assignment.objects.filter(pk=assignment.pk).update(state=Assignment.State.ANSWERED, closed_at=now)
    return annotation, True


@transaction.atomic
def flag(*, by: User, assignment_id: UUID, comment: str = "") -> Flag:
    """Note that something is wrong with the picture of a question that `by` claimed. The same again is one flag."""
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT:
        raise InvalidAnswer(f"A comment is a text of at most {MAX_COMMENT} characters.")
    assignment = _locked(by, assignment_id)
    given = Flag.objects.filter(assignment=assignment, annotator=by, comment=comment).defer("resolved_at").first()
    return given or Flag.objects.create(assignment=assignment, annotator=by, comment=comment)


def _locked(by: User, assignment_id: UUID) -> Assignment:
    """The person's claimed assignment with all that an answer is checked against; it and its hand are locked."""
    assignment = (
        Assignment.objects.select_for_update(of=("self", "hand"), no_key=True)
        .select_related("hand__round", "task__image", "task__label", "hand__project")
        .only(
            *("state", "task_id", "annotator_id", "hand__answered", "hand__round__size", "task__label__key"),
            *("task__image__width", "task__image__height", "hand__project__kind", "hand__project__round_size"),
        )
        .filter(pk=assignment_id, annotator=by)
        .exclude(claimed_at=None)
        .first()
    )
    if assignment is None:
        raise NotYours
    return assignment


def _as_before(assignment: Assignment, digest: str) -> Annotation:
    annotation = Annotation.objects.get(assignment=assignment)
    if annotation.digest != digest:
        raise Conflict("This question already has another answer from you; answers cannot be changed.")
    return annotation


def _question(assignment: Assignment) -> Question:
    project, task = assignment.hand.project, assignment.task
    labels: list[str] = []
    if project.kind != Project.Kind.MASK:
        labels = list(Label.objects.filter(project=project).values_list("key", flat=True))
    return Question(kind=project.kind, labels=labels, width=task.image.width, height=task.image.height)


def _advance(assignment: Assignment, by: User, now: datetime) -> UUID:
    """Count the answer in the hand's round, which may be a later one than it was claimed in; returns the round."""
    hand = assignment.hand
    if hand.round is None:  # late: its own round was completed without it
        size = hand.project.round_size
        hand.round = Round.objects.create(project=hand.project, annotator=by, size=size, started_at=now)
        hand.answered = 0
    answered = hand.answered + 1
    full = answered >= hand.round.size
    if full:
        Round.objects.filter(pk=hand.round.pk).update(completed_at=now)
    Hand.objects.filter(pk=hand.pk).update(round=None if full else hand.round, answered=0 if full else answered)
    return hand.round.pk


def _digest(body: dict[str, Any]) -> str:
    try:
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise InvalidAnswer("The answer must be plain JSON with finite numbers.") from None
    return hashlib.sha256(canonical.encode()).hexdigest()
