"""The grader's step: every answer is graded once, in a transaction of its own (I8).

What is to be done is found in the database, never in a queue: annotations without a Grade, tasks marked stale. A kill
at any moment leaves whole grades and the rest to be found again.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from quality.domain.reliability import Prior
from quality.domain.rubrics import RUBRICS, RubricResult
from quality.store import fusing, gold, merged, reliability
from quality.store.models import GoldTruth, Grade, Reservation, TaskState
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

BATCH = 200
# Answers are looked for among the newest; transactions that commit late, clocks that differ and times when no worker
# ran are covered by a look at everything once in a while.
WINDOW = timedelta(hours=1)
SWEEP_EVERY = 600.0
REFRESH_EVERY = 30.0


class _Clock:
    """Says when something is due again; per process, so that a restart begins with everything."""

    def __init__(self, every: float) -> None:
        self.every = every
        self._last: dict[object, float] = {}

    def due(self, key: object = None) -> bool:
        if time.monotonic() - self._last.get(key, float("-inf")) < self.every:
            return False
        self._last[key] = time.monotonic()
        return True

    def again(self, key: object = None) -> None:
        self._last.pop(key, None)


_sweep = _Clock(SWEEP_EVERY)
_refresh = _Clock(REFRESH_EVERY)
_priors: dict[int, Prior] = {}


def tick(now: datetime) -> int:
    """Grade up to BATCH answers and refresh what follows from them; returns how many were graded."""
    merged.settle()
    everything = _sweep.due()
    ids = _ungraded(None if everything else now - WINDOW)
    if everything and len(ids) == BATCH:
        _sweep.again()
    graded = [grade(annotation_id) for annotation_id in ids]
    touched = {project_id for project_id in graded if project_id is not None}
    for project in Project.objects.filter(pk__in=touched):
        if _refresh.due(project.pk):
            _priors[project.pk] = reliability.refresh(project)
            gold.quarantine_disputed(project)
    fusing.refresh_stale()
    return len(touched and graded)


def _ungraded(since: datetime | None) -> list[UUID]:
    waiting = Annotation.objects.filter(~Exists(Grade.objects.filter(annotation=OuterRef("pk"))))
    if since is not None:
        waiting = waiting.filter(submitted_at__gte=since)
    return list(waiting.order_by("submitted_at").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def grade(annotation_id: UUID) -> int | None:
    """Grade one answer; returns its project's id, or None where it is graded already or gone."""
    annotation = (
        Annotation.objects.select_related("task__project", "task__image", "annotator")
        .defer("trace")
        .filter(pk=annotation_id)
        .first()
    )
    if annotation is None:
        return None
    state = TaskState.objects.select_for_update(no_key=True).get(task=annotation.task_id)
    if Grade.objects.filter(annotation=annotation_id).exists():
        return None
    counted = _fill_place(annotation, state)
    result = _against_gold(annotation)
    Grade.objects.create(
        annotation=annotation,
        task_id=annotation.task_id,
        annotator_id=annotation.annotator_id,
        counted=counted,
        gold_score=result.score if result else None,
        details=result.details if result else {},
    )
    project = annotation.task.project
    if result and annotation.annotator_id:
        reliability.learn(project, annotation.annotator_id, result, _prior(project))
    return project.pk


def _fill_place(annotation: Annotation, state: TaskState) -> bool:
    """Whether the answer counts: it holds a place, or came late and one is free (I9). The state's row is locked."""
    held, _ = Reservation.objects.filter(assignment=annotation.assignment_id).delete()
    free = state.target - state.counted - state.held + held
    counts = free > 0 and not _is_double(annotation)
    TaskState.objects.filter(pk=state.pk).update(held=F("held") - held, counted=F("counted") + int(counts), stale=True)
    return counts


def _is_double(annotation: Annotation) -> bool:
    """An answer that stayed with a guest's emptied row when the guest joined an account: the account's own counts."""
    return annotation.annotator is not None and annotation.annotator.merged_into_id is not None


def _against_gold(annotation: Annotation) -> RubricResult | None:
    """The rubric's result where the answer is known and in use."""
    truth = GoldTruth.objects.filter(task=annotation.task_id, state=GoldTruth.State.APPROVED).first()
    if truth is None or _is_double(annotation):
        return None
    image = annotation.task.image
    rubric = RUBRICS[annotation.task.project.kind]
    return rubric(annotation.answer, truth.answer, known_region=truth.known_region, size=(image.height, image.width))


def _prior(project: Project) -> Prior:
    if project.pk not in _priors:
        _priors[project.pk] = reliability.prior_of(project)
    return _priors[project.pk]
