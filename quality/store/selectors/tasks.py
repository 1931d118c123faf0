"""Tasks as staff see them: lists to curate, and one with all that is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from quality.store.models import Consensus, GoldTruth, Grade, ReliabilitySnapshot, Review, TaskState
from webapp.annotations.models import Annotation, Flag
from webapp.images.models import Source
from webapp.projects.models import Project


@dataclass(frozen=True)
class TaskFilter:
    """What to list. `gold`: None for all, True for tasks with a truth (held ones too), False for those without.

    `search`: part of the imported file name or the group. `burned_in`: only pictures suspected to bear text.
    """

    state: str = ""
    gold: bool | None = None
    label: str = ""
    search: str = ""
    burned_in: bool = False


@dataclass(frozen=True)
class TaskRow:
    """A task in a list. `gold`: its truth's state, or "" where nothing is known. `source`: of the consensus, or ""."""

    id: UUID
    image_id: UUID
    file: str
    width: int
    height: int
    name: str
    group: str
    label: str | None
    state: str
    counted: int
    target: int
    gold: str
    origin: str
    answer: dict[str, Any] | None
    source: str
    uncertainty: float | None


@dataclass(frozen=True)
class VoteView:
    """One answer. `weight`: in the consensus, None where it does not count. `assisted`: a proposal was used.

    `gold_score`: 0-1 against the truth, on gold tasks."""

    annotation_id: UUID
    annotator_id: UUID | None
    pseudonym: str
    answer: dict[str, Any]
    weight: float | None
    counted: bool
    reliability: float | None
    low: float | None
    high: float | None
    gold_score: float | None
    assisted: bool
    seconds: float | None
    submitted_at: datetime


@dataclass(frozen=True)
class ConsensusView:
    """The fused label; `uncertainty` 0 = sure, 1 = no idea. `source`: crowd, revised or expert."""

    answer: dict[str, Any]
    source: str
    probabilities: dict[str, Any]
    uncertainty: float
    method: str
    version: int
    updated_at: datetime


@dataclass(frozen=True)
class TaskDetail:
    """A task with its votes, consensus, truth, flags and decisions. `truth`: what is known, if anything."""

    row: TaskRow
    markers: str
    provenance: dict[str, Any]
    votes: tuple[VoteView, ...]
    consensus: ConsensusView | None
    truth: dict[str, Any] | None
    known_region: dict[str, Any] | None
    flags: tuple[dict[str, Any], ...]
    reviews: tuple[dict[str, Any], ...]


def tasks(project: Project, wanted: TaskFilter | None = None, *, offset: int = 0, limit: int = 60) -> list[TaskRow]:
    """A page of tasks, in the order in which their files were imported."""
    states = _filtered(project, wanted or TaskFilter())
    return rows_of(states.order_by(F("name"), "task")[offset : offset + limit])


def count_tasks(project: Project, wanted: TaskFilter | None = None) -> int:
    return _filtered(project, wanted or TaskFilter()).count()


def task_ids(project: Project, wanted: TaskFilter) -> list[UUID]:
    """All tasks that a page of `tasks` is a part of."""
    return list(_filtered(project, wanted).values_list("task_id", flat=True))


def _filtered(project: Project, wanted: TaskFilter) -> QuerySet[TaskState]:
    source = Source.objects.filter(image=OuterRef("task__image"))
    truth = GoldTruth.objects.filter(task=OuterRef("task"))
    found = TaskState.objects.filter(project=project).annotate(
        name=Subquery(source.values("name")[:1]),
        group=Subquery(source.values("group")[:1]),
        gold=Subquery(truth.values("state")[:1]),
    )
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.gold is not None:
        found = found.filter(gold__isnull=not wanted.gold)
    if wanted.label:
        found = found.filter(task__label__key=wanted.label)
    if wanted.search:
        found = found.filter(Q(name__icontains=wanted.search) | Q(group__icontains=wanted.search))
    if wanted.burned_in:
        suspected = Source.objects.filter(project=project, burned_in=Source.BurnedIn.SUSPECTED)
        found = found.filter(task__image__in=suspected.values("image"))
    return found


def rows_of(states: QuerySet[TaskState]) -> list[TaskRow]:
    """Task rows of some states, in their order."""
    found = list(states.select_related("task__image", "task__label"))
    ids = [state.task_id for state in found]
    sources = {s.image_id: s for s in Source.objects.filter(image__in=[state.task.image_id for state in found])}
    truths = {truth.task_id: truth for truth in GoldTruth.objects.filter(task__in=ids)}
    agreed = {consensus.task_id: consensus for consensus in Consensus.objects.filter(task__in=ids)}
    return [
        _row(state, sources.get(state.task.image_id), truths.get(state.task_id), agreed.get(state.task_id))
        for state in found
    ]


def _row(state: TaskState, source: Source | None, truth: GoldTruth | None, agreed: Consensus | None) -> TaskRow:
    image, label = state.task.image, state.task.label
    return TaskRow(
        id=state.task_id,
        image_id=image.pk,
        file=image.file,
        width=image.width,
        height=image.height,
        name=source.name if source else "",
        group=source.group if source else "",
        label=label.key if label else None,
        state=state.state,
        counted=state.counted,
        target=state.target,
        gold=truth.state if truth else "",
        origin=truth.origin if truth else "",
        answer=agreed.answer if agreed else None,
        source=agreed.source if agreed else "",
        uncertainty=agreed.uncertainty if agreed else None,
    )


def task_detail(project: Project, task_id: UUID) -> TaskDetail | None:
    """All there is to know of a project's task; None if there is none."""
    states = TaskState.objects.filter(project=project, task=task_id)
    rows = rows_of(states)
    if not rows:
        return None
    consensus = Consensus.objects.filter(task=task_id).first()
    truth = GoldTruth.objects.filter(task=task_id).first()
    source = Source.objects.filter(image=rows[0].image_id).first()
    return TaskDetail(
        row=rows[0],
        markers=states.values_list("task__image__markers", flat=True).get(),
        provenance={"pipeline": source.pipeline, **source.provenance} if source else {},
        votes=tuple(votes_of(project, task_id, consensus)),
        consensus=_consensus(consensus) if consensus else None,
        truth=truth.answer if truth else None,
        known_region=truth.known_region if truth else None,
        flags=tuple(_flags(task_id)),
        reviews=tuple(_reviews(task_id)),
    )


def votes_of(project: Project, task_id: UUID, consensus: Consensus | None) -> list[VoteView]:
    """All answers to a task, oldest first."""
    weights = {vote["annotation"]: vote["weight"] for vote in consensus.votes} if consensus else {}
    grades = {grade.annotation_id: grade for grade in Grade.objects.filter(task=task_id)}
    answers = Annotation.objects.filter(task=task_id).select_related("annotator").order_by("submitted_at", "pk")
    people = [answer.annotator_id for answer in answers if answer.annotator_id]
    trusted = {s.annotator_id: s for s in ReliabilitySnapshot.objects.filter(project=project, annotator__in=people)}
    return [
        _vote(
            answer,
            grades.get(answer.pk),
            trusted.get(answer.annotator_id) if answer.annotator_id else None,
            weights.get(str(answer.pk)),
        )
        for answer in answers
    ]


def _vote(
    answer: Annotation, grade: Grade | None, snapshot: ReliabilitySnapshot | None, weight: float | None
) -> VoteView:
    return VoteView(
        annotation_id=answer.pk,
        annotator_id=answer.annotator_id,
        pseudonym=answer.annotator.pseudonym if answer.annotator else "",
        answer=answer.answer,
        weight=weight,
        counted=bool(grade and grade.counted),
        reliability=snapshot.mean if snapshot else None,
        low=snapshot.low if snapshot else None,
        high=snapshot.high if snapshot else None,
        gold_score=grade.gold_score if grade else None,
        assisted=is_assisted(answer.trace),
        seconds=answer.client_ms / 1000 if answer.client_ms is not None else None,
        submitted_at=answer.submitted_at,
    )


def is_assisted(trace: dict[str, Any]) -> bool:
    """Whether the page reported that a proposal was taken over."""
    return bool(trace.get("assisted") or trace.get("proposals"))


def _consensus(consensus: Consensus) -> ConsensusView:
    return ConsensusView(
        answer=consensus.answer,
        source=consensus.source,
        probabilities=consensus.probabilities,
        uncertainty=consensus.uncertainty,
        method=consensus.method,
        version=consensus.version,
        updated_at=consensus.updated_at,
    )


def _flags(task_id: UUID) -> Sequence[dict[str, Any]]:
    """[{"comment", "created_at", "resolved_at"}]; who flagged is nobody's business."""
    flags = Flag.objects.filter(assignment__task=task_id).order_by("created_at")
    return [dict(row) for row in flags.values("comment", "created_at", "resolved_at")]


def _reviews(task_id: UUID) -> Sequence[dict[str, Any]]:
    """[{"action", "by", "answer", "comment", "created_at"}]"""
    reviews = Review.objects.filter(task=task_id).select_related("by").order_by("created_at")
    return [
        {
            "action": review.action,
            "by": review.by.username if review.by else "",
            "answer": review.answer,
            "comment": review.comment,
            "created_at": review.created_at,
        }
        for review in reviews
    ]
