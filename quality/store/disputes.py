"""Gold that good people keep answering otherwise: put aside at once, decided by a moderator, everyone re-scored (I12).

Re-scored: grades, reliabilities and the weight of votes. Rounds that were paid stay paid: a score that changed because
of one picture would tell which one it was (I4).
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Avg, Count, Exists, OuterRef

from quality.domain.consensus.base import evidence_of
from quality.domain.disputes import doubt
from quality.domain.unlabelled import without
from quality.store import reliability
from quality.store.gold import GoldError
from quality.store.models import GoldTruth, Grade, Proposal, Review, TaskState
from quality.store.reviews import cleaned
from quality.store.truths import judged
from webapp.accounts.models import StaffMember
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

PEOPLE = 3  # at least so many must have answered
DOUBT = 0.8
_SUSPICIOUS = 0.5  # mean score over which a truth is not looked at

_DECIDED = (Review.Action.ACCEPT, Review.Action.REVISE)


def doubts(project: Project) -> dict[UUID, float]:
    """P(wrong) of gold tasks on which people score low on the whole; those that a moderator has confirmed are left
    out."""
    confirmed = Review.objects.filter(task=OuterRef("task"), action__in=_DECIDED)
    truths = GoldTruth.objects.filter(~Exists(confirmed), project=project, state=GoldTruth.State.APPROVED)
    # Somebody who kept a planted error was led astray; that says nothing against the truth.
    unplanted = Grade.objects.exclude(details__has_key="kept_planted")
    grades = unplanted.filter(task__in=truths.values("task"), gold_score__isnull=False, annotator__isnull=False)
    means = grades.order_by().values("task").annotate(n=Count("pk"), mean=Avg("gold_score"))
    low = list(means.filter(n__gte=PEOPLE, mean__lte=_SUSPICIOUS).values_list("task", flat=True))
    if not low:
        return {}
    given = list(
        unplanted.filter(task__in=low, gold_score__isnull=False).values_list("task", "annotator", "gold_score")
    )
    people = reliability.reliabilities(project, [annotator_id for _, annotator_id, _ in given])
    evidence: dict[UUID, list[tuple[float, float]]] = defaultdict(list)
    for task_id, annotator_id, score in given:
        if annotator_id in people and score is not None:
            person = people[annotator_id]
            evidence[task_id].append((score, without(person, worth=evidence_of(person), score=score)))
    return {task_id: doubt(scores) for task_id, scores in evidence.items()}


def disputed(project: Project) -> list[UUID]:
    """Gold tasks whose truth is probably wrong, by those who answered them."""
    return [task_id for task_id, probability in doubts(project).items() if probability >= DOUBT]


def quarantine_disputed(project: Project) -> int:
    """Take disputed gold out of use until a moderator has looked at it (I12); returns how many."""
    tasks = disputed(project)
    return quarantine(by=None, project=project, tasks=tasks) if tasks else 0


@transaction.atomic
def quarantine(*, by: StaffMember | None, project: Project, tasks: Collection[UUID]) -> int:
    """Withdraw truths that may be wrong; everyone is judged as if they had never been. Returns how many."""
    truths = GoldTruth.objects.filter(project=project, task__in=tasks, state=GoldTruth.State.APPROVED)
    ids = list(truths.values_list("task_id", flat=True))
    truths.update(state=GoldTruth.State.QUARANTINED)
    TaskState.objects.filter(task__in=ids, state=TaskState.State.WAITING).update(state=TaskState.State.BLOCKED)
    _forget_grades(project, ids)
    return len(ids)


@transaction.atomic
def restore(*, by: StaffMember | None, project: Project, tasks: Collection[UUID]) -> int:
    """The truths were right: use them again, and grade what was answered meanwhile and before. Returns how many.

    They are not disputed again.
    """
    truths = GoldTruth.objects.filter(project=project, task__in=tasks, state=GoldTruth.State.QUARANTINED)
    ids = list(truths.values_list("task_id", flat=True))
    truths.update(state=GoldTruth.State.APPROVED)
    Review.objects.bulk_create(
        Review(task_id=task_id, by=by, action=Review.Action.ACCEPT, comment="The known answer is right.")
        for task_id in ids
    )
    _back_in_use(project, ids)
    return len(ids)


@transaction.atomic
def correct_gold(*, by: StaffMember | None, project: Project, task_id: UUID, answer: dict[str, Any]) -> None:
    """The truth was wrong, this is the right one: use it and grade everybody by it. Raises GoldError, ReviewError."""
    state = TaskState.objects.select_related("project", "task__image").filter(project=project, task=task_id).first()
    truth = GoldTruth.objects.filter(
        task=task_id, project=project, state__in=(GoldTruth.State.APPROVED, GoldTruth.State.QUARANTINED)
    ).first()
    if state is None or truth is None:
        raise GoldError("This task has no known answer in use or in quarantine.")
    truth.answer = cleaned(state, answer)
    truth.state = GoldTruth.State.APPROVED
    truth.save(update_fields=["answer", "state"])
    comment = "The known answer was wrong."
    Review.objects.create(task_id=task_id, by=by, action=Review.Action.REVISE, answer=truth.answer, comment=comment)
    _back_in_use(project, [task_id])


def _back_in_use(project: Project, tasks: Collection[UUID]) -> None:
    TaskState.objects.filter(task__in=tasks, state=TaskState.State.BLOCKED).update(state=TaskState.State.WAITING)
    truths = GoldTruth.objects.in_bulk(tasks)
    answers = Annotation.objects.select_related("task__project", "task__image", "annotator", "assignment")
    by_pk = {answer.pk: answer for answer in answers.defer("trace").filter(task__in=tasks)}
    behind = Proposal.objects.in_bulk([answer.assignment_id for answer in by_pk.values()])
    touched: set[UUID] = set()
    grades = list(Grade.objects.select_for_update().filter(annotation__in=by_pk))
    for grade in grades:
        answer = by_pk[grade.annotation_id]
        if answer.annotator is not None and answer.annotator.merged_into_id is not None:
            continue  # given twice; the account's own answer counts
        result = judged(answer, truths[grade.task_id], behind.get(answer.assignment_id))
        grade.gold_score, grade.details = (result.score, result.details) if result else (None, {})
        touched.update([grade.annotator_id] if grade.annotator_id else [])
    Grade.objects.bulk_update(grades, ["gold_score", "details"])
    reliability.rebuild(project, touched)


def _forget_grades(project: Project, tasks: Collection[UUID]) -> None:
    grades = Grade.objects.filter(task__in=tasks).exclude(details={})
    touched = set(grades.exclude(annotator=None).values_list("annotator_id", flat=True))
    grades.update(gold_score=None, details={})
    reliability.rebuild(project, touched)
