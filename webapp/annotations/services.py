"""Writes of this room: an answer, a flag. Same path and same shape for every task (I3)."""

import hashlib
import json
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotations.answers import InvalidAnswer, Question, clean_answer, clean_client_ms, clean_trace
from webapp.annotations.merging import merge_people
from webapp.annotations.models import Annotation, Flag
from webapp.projects.models import Project
from webapp.projects.remembered import label_keys
from webapp.statements import Statement, pipelined
from webapp.tasks.claiming import open_round
from webapp.tasks.errors import Conflict, NotYours
from webapp.tasks.models import Assignment, Hand, Round

__all__ = ["Conflict", "InvalidAnswer", "NotYours", "flag", "merge_people", "submit"]

MAX_COMMENT = 500
ATTEMPTS = 3


def submit(
    *, by: User, assignment_id: UUID, answer: Any, trace: Any = None, client_ms: Any = None
) -> tuple[Annotation, bool]:
    """Store `by`'s answer to a question they claimed; returns it and whether it is new.

    The same body again returns the stored answer and False. A late answer, its lease gone or the question skipped
    meanwhile, is kept like any other; whether it counts is the grader's business.

    NotYours: no such question for `by`. Conflict: another answer is stored. InvalidAnswer: one sentence says why.
    """
    digest = _digest({"answer": answer, "trace": trace or {}, "client_ms": client_ms})
    for _ in range(ATTEMPTS):
        asked = _asked(by, assignment_id)
        if asked.state == Assignment.State.ANSWERED:
            return _as_before(assignment_id, digest), False
        annotation = Annotation(
            assignment_id=assignment_id,
            task_id=asked.task,
            annotator=by,
            answer=clean_answer(answer, _question(asked)),
            digest=digest,
            trace=clean_trace(trace or {}),
            client_ms=clean_client_ms(client_ms),
            submitted_at=timezone.now(),
        )
        try:
            _store(annotation, asked, by)
        except (IntegrityError, _Moved):  # another tab: it answered this question, or completed the round
            continue
        return annotation, True
    raise OperationalError(f"Assignment {assignment_id} changed {ATTEMPTS} times while its answer was stored.")


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


class _Asked(NamedTuple):
    """All that an answer is checked against."""

    state: str
    task: UUID
    hand: UUID
    round: UUID | None
    round_size: int | None
    project: int
    kind: str
    size_of_rounds: int
    width: int
    height: int


_ASKED = Statement(
    """
    SELECT a.state, a.task_id, h.id, h.round_id, r.size, p.id, p.kind, p.round_size, i.width, i.height
    FROM tasks_assignment a
    JOIN tasks_hand h ON h.id = a.hand_id
    JOIN projects_project p ON p.id = h.project_id
    JOIN tasks_task t ON t.id = a.task_id
    JOIN images_image i ON i.id = t.image_id
    LEFT JOIN tasks_round r ON r.id = h.round_id
    WHERE a.id = %s AND a.annotator_id = %s AND a.claimed_at IS NOT NULL
    """,
    returns=[str, UUID, UUID, UUID],
)
# Counts the answer in its hand, which also locks the hand: answers to one hand are stored one after the other.
_COUNT = Statement(
    """
    UPDATE tasks_hand SET answered = answered + 1
    WHERE id = (SELECT hand_id FROM tasks_assignment WHERE id = %s AND annotator_id = %s)
    RETURNING round_id, answered
    """,
    returns=[UUID, int],
)
_INSERT = Statement(
    """
    INSERT INTO annotations_annotation
        (id, assignment_id, task_id, annotator_id, round_id, answer, digest, trace, client_ms, submitted_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    """
)
_CLOSE = Statement("UPDATE tasks_assignment SET state = 'answered', closed_at = %s WHERE id = %s")


class _Moved(Exception):
    """The hand went on to another round, or to another person, since it was looked at; undoes what was begun."""


def _asked(by: User, assignment_id: UUID) -> _Asked:
    rows = _ASKED.rows(assignment_id, by.pk)
    if not rows:
        raise NotYours
    return _Asked(*rows[0])


@transaction.atomic
def _store(new: Annotation, asked: _Asked, by: User) -> None:
    """Write the answer into the hand's round, which may be a later one than it was claimed in; close it when full."""
    now, size = new.submitted_at, asked.round_size
    new.round_id = asked.round
    if new.round_id is None or size is None:  # late: its own round was completed without it
        opened, _ = open_round(asked.hand, by=by, project_id=asked.project, size=asked.size_of_rounds, now=now)
        new.round_id, size = opened.pk, opened.size
    given = (new.answer, new.digest, new.trace, new.client_ms)
    with pipelined():
        count = _COUNT.begin(new.assignment_id, by.pk)
        _INSERT.begin(new.pk, new.assignment_id, new.task_id, by.pk, new.round_id, *given, now)
        _CLOSE.begin(now, new.assignment_id)
    counted = _COUNT.rows_of(count)
    if not counted or counted[0][0] != new.round_id:
        raise _Moved
    if counted[0][1] >= size:
        Round.objects.filter(pk=new.round_id).update(completed_at=now)
        Hand.objects.filter(pk=asked.hand).update(round=None, answered=0)


def _as_before(assignment_id: UUID, digest: str) -> Annotation:
    annotation = Annotation.objects.get(assignment=assignment_id)
    if annotation.digest != digest:
        raise Conflict("This question already has another answer from you; answers cannot be changed.")
    return annotation


def _question(asked: _Asked) -> Question:
    labels = () if asked.kind == Project.Kind.MASK else label_keys(asked.project) or ()
    return Question(kind=asked.kind, labels=labels, width=asked.width, height=asked.height)


def _digest(body: dict[str, Any]) -> str:
    try:
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise InvalidAnswer("The answer must be plain JSON with finite numbers.") from None
    return hashlib.sha256(canonical.encode()).hexdigest()
