"""Which tasks are gold, and which live as open ones."""

from django.db.models import Exists, OuterRef, QuerySet

from quality.store.models import GoldTruth, TaskState
from webapp.projects.models import Project


def not_open() -> Exists:
    """Condition on TaskState: its answer is known or doubtful, so that it is no open task. Held truths are unused."""
    return Exists(GoldTruth.objects.filter(task=OuterRef("task")).exclude(state=GoldTruth.State.HELD))


def approved() -> Exists:
    """Condition on TaskState: a gold task."""
    return Exists(GoldTruth.objects.filter(task=OuterRef("task"), state=GoldTruth.State.APPROVED))


def open_states(project: Project) -> QuerySet[TaskState]:
    """The project's open tasks: those that nobody knows the answer of, as far as the dealer is concerned."""
    return TaskState.objects.filter(~not_open(), project=project)


def gold_states(project: Project) -> QuerySet[TaskState]:
    return TaskState.objects.filter(approved(), project=project)
