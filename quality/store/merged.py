"""What follows when a guest joined an account or somebody took their answers along.

The play tier moves the answers themselves (`webapp.annotations.merging`); grades, places and reliability follow here.
"""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from quality.store import reliability
from quality.store.models import Consensus, Grade, Reservation, TaskState
from webapp.projects.models import Project

BATCH = 500


def settle() -> int:
    """Move grades to the account whose answers they grade, and stop counting answers given twice. Safe to repeat."""
    of_guests = Grade.objects.filter(
        Q(annotator__merged_into__isnull=False) | Q(annotation__annotator__merged_into__isnull=False)
    )
    unsettled = of_guests.filter(~Q(annotation__annotator=F("annotator")) | Q(counted=True) | ~Q(details={}))
    ids = list(unsettled.order_by("pk").values_list("pk", flat=True)[:BATCH])
    touched: dict[int, set[UUID]] = defaultdict(set)
    for pk in ids:
        for project_id, annotator_id in _settle_one(pk):
            touched[project_id].add(annotator_id)
    for project in Project.objects.filter(pk__in=touched):
        reliability.rebuild(project, touched[project.pk])
    return len(ids)


@transaction.atomic
def _settle_one(pk: UUID) -> list[tuple[int, UUID]]:
    grade = Grade.objects.select_related("annotation__annotator", "task").get(pk=pk)
    state = TaskState.objects.select_for_update(no_key=True).get(task=grade.task_id)
    owner = grade.annotation.annotator
    people = {person for person in (grade.annotator_id, grade.annotation.annotator_id) if person}
    stayed_behind = owner is not None and owner.merged_into_id is not None
    if stayed_behind:  # the account had answered first
        TaskState.objects.filter(pk=state.pk).update(counted=F("counted") - int(grade.counted))
        Grade.objects.filter(pk=pk).update(annotator=owner, counted=False, gold_score=None, details={})
    else:
        Grade.objects.filter(pk=pk).update(annotator=owner)
    TaskState.objects.filter(pk=state.pk).update(stale=F("stale") + 1)
    return [(grade.task.project_id, person) for person in people]


@transaction.atomic
def answers_removed(task_ids: Collection[UUID]) -> None:
    """Somebody took their answers along: count again what is left of these tasks, and open those that lack some."""
    for state in TaskState.objects.select_for_update(no_key=True).filter(task__in=task_ids).order_by("task"):
        state.counted = Grade.objects.filter(task=state.task_id, counted=True).count()
        state.held = Reservation.objects.filter(task=state.task_id).count()
        if state.state == TaskState.State.DONE and state.counted < state.target:
            state.state = TaskState.State.OPEN
        state.stale += 1
        state.save(update_fields=["counted", "held", "state", "stale"])
    left = Consensus.objects.filter(task__in=task_ids, source=Consensus.Source.CROWD)
    left.exclude(task__in=Grade.objects.filter(task__in=task_ids, counted=True).values("task")).delete()
