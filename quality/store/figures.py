"""Figures that a worker works out and pages show: asked for by whoever looks, kept until there are new answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from quality.store.agreement import agreement_of
from quality.store.calibration import calibration_of
from quality.store.fairplay import fair_play_of
from quality.store.models import ProjectFigures
from quality.store.volumes import volumes_of
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

FRESH_FOR = timedelta(minutes=10)
PATIENCE = timedelta(minutes=5)  # then the worker is asked again: a kill or a lost broker may have lost the message

Name = ProjectFigures.Name
WORKS: dict[str, Callable[[Project], dict[str, Any]]] = {
    Name.AGREEMENT: agreement_of,
    Name.CALIBRATION: calibration_of,
    Name.FAIR_PLAY: fair_play_of,
    Name.VOLUMES: volumes_of,
}


@dataclass(frozen=True)
class Figures:
    """`content` as the function in `WORKS` has it. `made_at`, `answers`: when, and on how many answers; None before it
    was first worked out, and where that was before anybody had answered. `is_under_way`: newer ones were asked for."""

    content: dict[str, Any]
    made_at: datetime | None
    answers: int
    is_under_way: bool


def figures_of(
    project: Project, name: str, *, now: datetime | None = None, changed_at: datetime | None = None
) -> Figures:
    """What is known, at once; a worker is asked for newer figures where answers have come since. `changed_at`: when
    something else that they rest on has changed last."""
    now = now or timezone.now()
    row, _ = ProjectFigures.objects.get_or_create(project=project, name=name)
    is_old = row.made_at is None or row.answers == 0 or now - row.made_at > FRESH_FOR
    is_out = row.made_at is not None and changed_at is not None and changed_at > row.made_at
    if row.made_at is None or (is_old and (is_out or _answers(project) != row.answers)):
        _ask(row, now)
        row.refresh_from_db()
    is_under_way = row.asked_at is not None
    made_at = None if is_under_way and row.answers == 0 else row.made_at
    return Figures(row.content, made_at, row.answers, is_under_way)


def tick(now: datetime) -> None:
    """Have findings on fair play kept up, since rounds are scored without the votes of one's twins."""
    for project in Project.objects.all():
        figures_of(project, Name.FAIR_PLAY, now=now)


def work_out(project_id: int, name: str) -> None:
    """The worker's part. Safe to run twice."""
    project = Project.objects.get(pk=project_id)
    answers = _answers(project)
    content = WORKS[name](project)
    row = {"content": content, "answers": answers, "made_at": timezone.now(), "asked_at": None}
    ProjectFigures.objects.update_or_create(project=project, name=name, defaults=row)


def _ask(row: ProjectFigures, now: datetime) -> None:
    """One message for any number of pages that are looked at meanwhile."""
    from quality.store.tasks import work_out_figures

    waited = Q(asked_at=None) | Q(asked_at__lt=now - PATIENCE)
    with transaction.atomic():
        if ProjectFigures.objects.filter(waited, pk=row.pk).update(asked_at=now):
            transaction.on_commit(lambda: work_out_figures.delay(row.project_id, row.name), robust=True)


def _answers(project: Project) -> int:
    return Annotation.objects.filter(task__project=project).count()
