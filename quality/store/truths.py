"""Which tasks are gold, which live as open ones, and how an answer is held against a truth."""

import logging
from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from quality.domain.rubrics import RUBRICS, RubricResult
from quality.store.models import GoldTruth, Proposal, TaskState
from quality.store.proposals import with_proposal
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

logger = logging.getLogger(__name__)


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


def approved_truths(task_ids: Collection[UUID]) -> dict[UUID, GoldTruth]:
    """Those of these tasks that are gold, by task."""
    return {
        truth.task_id: truth for truth in GoldTruth.objects.filter(task__in=task_ids, state=GoldTruth.State.APPROVED)
    }


def judged(annotation: Annotation, truth: GoldTruth | None, behind: Proposal | None = None) -> RubricResult | None:
    """What the rubric says of an answer (with its task, project, image and, where there was a proposal, assignment);
    None without a truth that fits. `behind`: what was behind the proposal."""
    if truth is None:
        return None
    image = annotation.task.image
    rubric = RUBRICS[annotation.task.project.kind]
    size = (image.height, image.width)
    try:
        result = rubric(annotation.answer, truth.answer, known_region=truth.known_region, size=size)
        result = with_proposal(result, annotation, truth, behind)
        # Skill on synthetic pictures is held against that on real ones.
        return replace(result, details={**result.details, "origin": truth.origin})
    except ValueError:
        # One truth that does not fit its question must not keep everybody else's answers waiting.
        logger.exception("Answer %s cannot be held against the truth of its task.", annotation.pk)
        return None
