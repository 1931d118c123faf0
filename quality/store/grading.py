"""The grader's step: every answer is graded once, whatever is killed when (I8).

What is to be done is found in the database, never in a queue: annotations without a Grade, tasks marked stale. Answers
are graded in batches, a transaction each; the reckoning is done before it, so that nobody waits for it.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from quality.domain.rubrics import RubricResult
from quality.store import disputes, fusing, merged, places, reliability
from quality.store.clock import Clock
from quality.store.laziness import learn_laziness
from quality.store.models import Grade, Reservation, TaskState
from quality.store.proposals import Leaning, leanings
from quality.store.recalibration import recalibrate
from quality.store.truths import approved_truths, judged
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

logger = logging.getLogger(__name__)

BATCH = 200
SECONDS = 0.3  # of one step: the dealer, who takes turns with it, must not come late
# Answers are looked for among the newest; transactions that commit late, clocks that differ and times when no worker
# ran are covered by a look at everything once in a while.
WINDOW = timedelta(hours=1)
SWEEP_EVERY = 600.0
REFRESH_EVERY = 30.0


_sweep = Clock(SWEEP_EVERY)
_refresh = Clock(REFRESH_EVERY)
_changed: set[int] = set()  # projects whose people were taught something since they were last looked at


def tick(now: datetime) -> int:
    """Grade what is ungraded, for a moment, and refresh what follows; returns how many answers were graded."""
    merged.settle()
    since: datetime | None = now - WINDOW
    if _sweep.due():
        since = None
        places.recount()
    began = time.monotonic()
    graded = 0
    while ids := _ungraded(since):
        projects = grade(ids)
        graded += len(projects)
        _changed.update(projects)
        if not projects or time.monotonic() - began > SECONDS:
            break
    if since is None and ids:
        _sweep.again()  # there was more than one step's worth
    for project in Project.objects.filter(pk__in=list(_changed)):
        if _refresh.due(project.pk):
            _changed.remove(project.pk)
            reliability.refresh(project)
            disputes.quarantine_disputed(project)
            recalibrate(project)
            learn_laziness(project)
    _changed.update(fusing.refresh_stale())
    return graded


def _ungraded(since: datetime | None) -> list[UUID]:
    waiting = Annotation.objects.filter(~Exists(Grade.objects.filter(annotation=OuterRef("pk"))))
    if since is not None:
        waiting = waiting.filter(submitted_at__gte=since)
    return list(waiting.order_by("submitted_at").values_list("pk", flat=True)[:BATCH])


@dataclass(frozen=True)
class _Judged:
    """An answer, what it was made from, and what the rubric says of it where the answer is known and in use."""

    annotation: Annotation
    leaning: Leaning
    result: RubricResult | None

    @property
    def is_double(self) -> bool:
        """It stayed with a guest's emptied row when the guest joined an account: the account's own answer counts."""
        annotator = self.annotation.annotator
        return annotator is not None and annotator.merged_into_id is not None

    @property
    def may_count(self) -> bool:
        """Not where it began from an error that was planted: such answers tell of their author, and another is
        collected in their place."""
        return not (self.is_double or self.leaning.is_planted)


def grade(annotation_ids: Sequence[UUID]) -> list[int]:
    """Grade these answers, each once; returns the project of each that was graded now."""
    annotations = (
        Annotation.objects.select_related("task__project", "task__image", "annotator", "assignment")
        .defer("trace")
        .filter(pk__in=annotation_ids)
        .order_by("submitted_at", "pk")
    )
    answers = list(annotations)
    truths = approved_truths([answer.task_id for answer in answers])
    made_from = leanings(answers)
    entries = [
        _Judged(answer, made_from[answer.pk], judged(answer, truths.get(answer.task_id), made_from[answer.pk].behind))
        for answer in answers
    ]
    return _write(entries) if entries else []


@transaction.atomic
def _write(entries: Sequence[_Judged]) -> list[int]:
    """Fill places, write grades, learn from them: all of it or nothing."""
    task_ids = {entry.annotation.task_id for entry in entries}
    locked = TaskState.objects.select_for_update(no_key=True).filter(task__in=task_ids).order_by("task")
    states = {state.task_id: state for state in locked}
    # Asked under the lock: another grader may have been faster, a truth may have been withdrawn.
    ids = [entry.annotation.pk for entry in entries]
    done = set(Grade.objects.filter(annotation__in=ids).values_list("annotation", flat=True))
    new = [entry for entry in entries if entry.annotation.pk not in done]
    truths = approved_truths(task_ids)
    counted = _fill_places(new, states)
    grades = []
    lessons: dict[Project, list[tuple[UUID, RubricResult]]] = defaultdict(list)
    for entry in new:
        annotation = entry.annotation
        result = entry.result if annotation.task_id in truths and not entry.is_double else None
        grades.append(
            Grade(
                annotation=annotation,
                task_id=annotation.task_id,
                annotator_id=annotation.annotator_id,
                counted=annotation.pk in counted,
                gold_score=result.score if result else None,
                details=result.details if result else {},
                proposal=entry.leaning.proposal,
                edit=entry.leaning.edit,
            )
        )
        if result and annotation.annotator_id:
            lessons[annotation.task.project].append((annotation.annotator_id, result))
    Grade.objects.bulk_create(grades)
    for project, results in lessons.items():
        reliability.learn(project, results)
    return [entry.annotation.task.project_id for entry in new]


def _fill_places(entries: Sequence[_Judged], states: dict[UUID, TaskState]) -> set[UUID]:
    """Ids of the answers that count: they hold a place, or came late and one is free (I9). The states are locked."""
    held = Reservation.objects.filter(assignment__in=[entry.annotation.assignment_id for entry in entries])
    holding = set(held.values_list("assignment", flat=True))
    held.delete()
    counted = set()
    filled: Counter[UUID] = Counter()
    returned: Counter[UUID] = Counter()
    for entry in entries:
        annotation = entry.annotation
        state, task_id = states[annotation.task_id], annotation.task_id
        returned[task_id] += annotation.assignment_id in holding
        taken = state.counted + filled[task_id] + state.held - returned[task_id]
        if taken < state.target and entry.may_count:
            filled[task_id] += 1
            counted.add(annotation.pk)
    alike: dict[tuple[int, int], list[UUID]] = defaultdict(list)
    for task_id in returned:
        alike[filled[task_id], returned[task_id]].append(task_id)
    for (more, less), task_ids in alike.items():
        TaskState.objects.filter(task__in=task_ids).update(
            counted=F("counted") + more, held=F("held") - less, stale=F("stale") + 1
        )
    return counted
