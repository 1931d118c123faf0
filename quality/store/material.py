"""What gold is made from and held against: experts' labels, real pictures, and held-back pictures to use up.

**Used up.** A picture that a gold picture is made from must never be served itself: whoever met both would know. Such
pictures were met by nobody, and leave play for good with the same commit.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from quality.store.models import Consensus, GoldTruth, Review, TaskState
from quality.store.studies import fresh_states
from quality.store.truths import gold_states, open_states
from webapp.annotations.models import Annotation
from webapp.images.models import Source
from webapp.projects.models import Project
from webapp.tasks.models import Task


@dataclass(frozen=True)
class RealPicture:
    """A picture that people are shown as an open task. `source`: its slide or patient; a picture of unknown source is
    one of its own."""

    image_id: UUID
    file: str
    source: str


@dataclass(frozen=True)
class Labelled:
    """What is known of a picture, from an expert or, once a task was done, from the crowd. `label`: the one asked for
    (mask)."""

    image_id: UUID
    label: str | None
    answer: dict[str, Any]


def real_pictures(project: Project) -> list[RealPicture]:
    """The project's open pictures, by id."""
    shown = open_states(project).exclude(state__in=(TaskState.State.RETIRED, TaskState.State.BLOCKED))
    rows = shown.order_by("task__image").values_list("task__image", "task__image__file").distinct()
    groups = dict(Source.objects.filter(project=project).values_list("image", "group"))
    return [RealPicture(image, file, groups.get(image) or str(image)) for image, file in rows]


def labelled(project: Project, images: Collection[UUID]) -> list[Labelled]:
    """What is known of open tasks of these pictures: what an expert said, or else, of those it is done with, the crowd;
    in the order of their tasks."""
    real = open_states(project).filter(task__image__in=images)
    known: dict[UUID, dict[str, Any]] = dict(
        Consensus.objects.filter(task__in=real.filter(state=TaskState.State.DONE).values("task")).values_list(
            "task", "answer"
        )
    )
    held = GoldTruth.objects.filter(
        task__in=real.values("task"), state=GoldTruth.State.HELD, origin=GoldTruth.Origin.EXPERT
    )
    known.update(held.values_list("task", "answer"))
    tasks = Task.objects.filter(pk__in=known).order_by("pk").values_list("pk", "image", "label__key")
    return [Labelled(image, label, known[task]) for task, image, label in tasks]


def held_answers(images: list[UUID]) -> list[Labelled]:
    """What experts said of these pictures, used up or not."""
    truths = GoldTruth.objects.filter(task__image__in=images, origin=GoldTruth.Origin.EXPERT).order_by("task")
    rows = truths.values_list("task__image", "task__label__key", "answer")
    return [Labelled(image, label, answer) for image, label, answer in rows]


def sources_of(images: Collection[UUID]) -> dict[str, str]:
    """Slide or patient of each picture, by its id as text; those that are known."""
    rows = Source.objects.filter(image__in=images).exclude(group="").values_list("image", "group")
    return {str(image): group for image, group in rows}


@transaction.atomic
def use_up_held(*, project: Project, number: int, rng: np.random.Generator) -> list[UUID]:
    """Take `number` pictures out of play, drawn at random among those that nobody met and whose questions an expert has
    all answered, but at most half of these: the others are what made ones are held against. Returns their ids."""
    unknown = TaskState.objects.filter(task__image=OuterRef("task__image")).filter(~Exists(_held(OuterRef("task"))))
    images = sorted(set(fresh_states(project).filter(~Exists(unknown)).values_list("task__image", flat=True)))
    chosen = [images[i] for i in rng.permutation(len(images))[: min(number, len(images) // 2)]]
    states = TaskState.objects.filter(task__image__in=chosen)
    tasks = [state.task_id for state in states.select_for_update(of=("self",)).order_by("task")]
    # Asked again under the lock; a release leaves alone what no longer waits.
    fresh = set(fresh_states(project).filter(task__in=tasks).values_list("task__image", flat=True))
    states = TaskState.objects.filter(task__image__in=fresh)
    GoldTruth.objects.filter(task__in=states.values("task")).update(state=GoldTruth.State.RETIRED)
    states.update(state=TaskState.State.RETIRED)
    return [image for image in chosen if image in fresh]


@transaction.atomic
def give_back_held(*, project: Project, images: Collection[UUID]) -> int:
    """Bring pictures that were used up back to wait as they did, where nobody will be shown what was made from them;
    returns how many tasks. What a moderator has put away meanwhile stays away."""
    put_away = Review.objects.filter(task=OuterRef("task"), action=Review.Action.RETIRE)
    states = TaskState.objects.filter(
        ~Exists(put_away), project=project, task__image__in=images, state=TaskState.State.RETIRED
    )
    tasks = list(states.values_list("task_id", flat=True))
    truths = GoldTruth.objects.filter(task__in=tasks, origin=GoldTruth.Origin.EXPERT, state=GoldTruth.State.RETIRED)
    truths.update(state=GoldTruth.State.HELD)
    return TaskState.objects.filter(task__in=tasks).update(state=TaskState.State.WAITING)


def _held(task: OuterRef) -> QuerySet[GoldTruth]:
    return GoldTruth.objects.filter(task=task, state=GoldTruth.State.HELD, origin=GoldTruth.Origin.EXPERT)


def retire_exposed(*, project: Project, cap: int) -> int:
    """Retire gold tasks that have all their answers and that `cap` people or more have answered; returns how many.

    Nothing is withdrawn from anybody. The truth stays, so that what was answered keeps its grade.
    """
    done = gold_states(project).filter(state=TaskState.State.DONE).values("task")
    met = Annotation.objects.filter(task__in=done).order_by().values("task")
    exposed = met.annotate(people=Count("annotator", distinct=True)).filter(people__gte=cap).values("task")
    return TaskState.objects.filter(task__in=exposed).update(state=TaskState.State.RETIRED)
