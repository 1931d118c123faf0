"""Rows for exports, streamed: each task with its label, where the label comes from, and the votes behind it.

Label priority: expert > revised > crowd. Known answers are left out unless asked for (I5). A task that nobody labelled
comes with `answer` None, which writers must write as "ignore", never as background (I11).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from quality.domain.aggregation.known import KnownPeople
from quality.store.models import Consensus, GoldTruth, Grade, ReliabilitySnapshot, TaskState
from quality.store.policies import policy_of
from quality.store.recalibration import recalibration_of
from quality.store.reliability import reliabilities
from quality.store.selectors.tasks import is_assisted
from quality.store.truths import open_states
from quality.store.weighing import class_prior
from webapp.annotations.models import Annotation
from webapp.images.models import Source
from webapp.projects.models import Project

CHUNK = 200


@dataclass(frozen=True)
class ExportVote:
    """One counted or late answer. `annotator`: a pseudonymous id, empty for somebody who left. `weight`: in the
    consensus of this version, 0 where it does not count. `reliability`, `low`, `high`: the annotator's, today.
    `proposal`, `edit`: as in `quality.domain.consensus.Vote`, "" for none."""

    annotation_id: UUID
    annotator: str
    answer: dict[str, Any]
    weight: float
    counted: bool
    reliability: float | None
    low: float | None
    high: float | None
    n_gold: int
    assisted: bool
    client_ms: int | None
    submitted_at: datetime
    proposal: str
    edit: float | None


@dataclass(frozen=True)
class ExportRow:
    """A task. `answer`: the label in pixels of the served picture, None where nobody labelled it; `source`: expert,
    revised, crowd, gold (the known answer, with `include_gold`) or "". `held_answer`: an expert's label that came with
    the picture and was held back, for validation."""

    task_id: UUID
    image_id: UUID
    file: str
    width: int
    height: int
    name: str
    group: str
    label: str | None
    state: str
    is_gold: bool
    answer: dict[str, Any] | None
    source: str
    probabilities: dict[str, Any]
    uncertainty: float | None
    method: str
    version: int
    updated_at: datetime | None
    held_answer: dict[str, Any] | None
    votes: tuple[ExportVote, ...]


def known_people(project: Project) -> KnownPeople:
    """How far everybody is trusted now, by id, and how common classes are: what votes are weighed with."""
    people = list(ReliabilitySnapshot.objects.filter(project=project).values_list("annotator", flat=True))
    return KnownPeople(
        kind=project.kind,
        labels=list(project.labels.values_list("key", flat=True)),
        prior=class_prior(project),
        people={str(person): known for person, known in reliabilities(project, people).items()},
        learnt=recalibration_of(project),
        lazy=policy_of(project).lazy,
    )


def count_export_rows(project: Project, *, include_gold: bool = False) -> int:
    """How many rows `export_rows` gives."""
    return _exported(project, include_gold).count()


def export_rows(project: Project, *, include_gold: bool = False) -> Iterator[ExportRow]:
    """All tasks of a project but retired ones, volume by volume and picture by picture; a few hundred in memory."""
    trusted = {s.annotator_id: s for s in ReliabilitySnapshot.objects.filter(project=project)}
    source = Source.objects.filter(image=OuterRef("task__image"))
    grouped = _exported(project, include_gold).order_by(
        Subquery(source.values("volume")), Subquery(source.values("slice_index")), "task__image", "task__label"
    )
    ids = list(grouped.values_list("task", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield from _chunk(ids[start : start + CHUNK], trusted)


def _exported(project: Project, include_gold: bool) -> QuerySet[TaskState]:
    states = TaskState.objects.filter(project=project) if include_gold else open_states(project)
    unusable = (GoldTruth.State.CANDIDATE, GoldTruth.State.QUARANTINED, GoldTruth.State.RETIRED)
    doubtful = GoldTruth.objects.filter(project=project, state__in=unusable).values("task")
    return states.exclude(state=TaskState.State.RETIRED).exclude(task__in=doubtful)


def _chunk(ids: list[UUID], trusted: dict[UUID, ReliabilitySnapshot]) -> Iterator[ExportRow]:
    states = {
        state.task_id: state
        for state in TaskState.objects.filter(task__in=ids).select_related("task__image", "task__label")
    }
    images = [state.task.image_id for state in states.values()]
    sources = {source.image_id: source for source in Source.objects.filter(image__in=images)}
    truths = {truth.task_id: truth for truth in GoldTruth.objects.filter(task__in=ids)}
    agreed = {consensus.task_id: consensus for consensus in Consensus.objects.filter(task__in=ids)}
    votes = _votes(ids, agreed, trusted)
    for task_id in ids:
        state = states[task_id]
        source = sources.get(state.task.image_id)
        yield _row(state, source, truths.get(task_id), agreed.get(task_id), tuple(votes[task_id]))


def _votes(
    ids: list[UUID], agreed: dict[UUID, Consensus], trusted: dict[UUID, ReliabilitySnapshot]
) -> dict[UUID, list[ExportVote]]:
    weights = {v["annotation"]: v["weight"] for consensus in agreed.values() for v in consensus.votes}
    grades = {grade.annotation_id: grade for grade in Grade.objects.filter(task__in=ids).defer("details")}
    votes: dict[UUID, list[ExportVote]] = defaultdict(list)
    for answer in Annotation.objects.filter(task__in=ids).order_by("submitted_at", "pk"):
        known = trusted.get(answer.annotator_id) if answer.annotator_id else None
        grade = grades.get(answer.pk)
        votes[answer.task_id].append(
            ExportVote(
                annotation_id=answer.pk,
                annotator=str(answer.annotator_id or ""),
                answer=answer.answer,
                weight=weights.get(str(answer.pk), 0.0),
                counted=bool(grade and grade.counted),
                reliability=known.mean if known else None,
                low=known.low if known else None,
                high=known.high if known else None,
                n_gold=known.n_gold if known else 0,
                assisted=is_assisted(answer.trace),
                client_ms=answer.client_ms,
                submitted_at=answer.submitted_at,
                proposal=grade.proposal if grade else "",
                edit=grade.edit if grade else None,
            )
        )
    return votes


def _row(
    state: TaskState,
    source: Source | None,
    truth: GoldTruth | None,
    agreed: Consensus | None,
    votes: tuple[ExportVote, ...],
) -> ExportRow:
    is_gold = truth is not None and truth.state == GoldTruth.State.APPROVED
    image, label = state.task.image, state.task.label
    return ExportRow(
        task_id=state.task_id,
        image_id=image.pk,
        file=image.file,
        width=image.width,
        height=image.height,
        name=source.name if source else image.file,
        group=source.group if source else "",
        label=label.key if label else None,
        state=state.state,
        is_gold=is_gold,
        answer=truth.answer if truth and is_gold else agreed.answer if agreed else None,
        source="gold" if is_gold else agreed.source if agreed else "",
        probabilities=agreed.probabilities if agreed else {},
        uncertainty=agreed.uncertainty if agreed else None,
        method=agreed.method if agreed else "",
        version=agreed.version if agreed else 0,
        updated_at=agreed.updated_at if agreed else None,
        held_answer=truth.answer if truth and truth.state == GoldTruth.State.HELD else None,
        votes=votes,
    )
