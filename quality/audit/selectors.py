"""Reads of this room: reports for staff, and what honest people did, for the audit itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quality.audit.models import AuditReport
from webapp.annotations.models import Annotation, Flag
from webapp.projects.models import Project
from webapp.tasks.models import Assignment


@dataclass(frozen=True)
class Report:
    """A leak audit as it was kept. `verdict`: passed, failed or not certifiable."""

    id: int
    verdict: str
    made_at: datetime
    report: dict[str, Any]


def last_report(project: Project) -> Report | None:
    """The newest leak audit of a project; None before the first."""
    return next(iter(reports(project, limit=1)), None)


def reports(project: Project, *, limit: int = 10) -> list[Report]:
    """Leak audits of a project, the newest first."""
    rows = AuditReport.objects.filter(project=project).order_by("-made_at", "-pk")[:limit]
    return [Report(row.pk, row.verdict, row.made_at, row.report) for row in rows]


@dataclass(frozen=True)
class Played:
    """What somebody did with a question that they were shown. `answer` None: skipped."""

    pseudonym: str
    file: str
    label: str | None
    size: tuple[int, int]
    answer: Mapping[str, Any] | None
    trace: Mapping[str, Any]
    client_ms: int | None
    skipped: bool
    flagged: bool


def played(project: Project, *, without: Collection[str] = ()) -> list[Played]:
    """Every question that people closed, by answer or skip; `without`: pseudonyms that do not count (attackers)."""
    closed = [Assignment.State.ANSWERED, Assignment.State.SKIPPED]
    rows = (
        Assignment.objects.filter(task__project=project, state__in=closed, annotator__isnull=False)
        .exclude(annotator__pseudonym__in=without)
        .select_related("task__image", "task__label", "annotator")
        .order_by("closed_at", "pk")
    )
    given = {a.assignment_id: a for a in Annotation.objects.filter(task__project=project)}
    flagged = set(Flag.objects.filter(assignment__task__project=project).values_list("assignment", flat=True))
    found = []
    for row in rows.iterator(chunk_size=2000):
        annotation, image, label = given.get(row.pk), row.task.image, row.task.label
        found.append(
            Played(
                pseudonym=row.annotator.pseudonym if row.annotator else "",
                file=image.file,
                label=label.key if label else None,
                size=(image.height, image.width),
                answer=annotation.answer if annotation else None,
                trace=annotation.trace if annotation else {},
                client_ms=annotation.client_ms if annotation else None,
                skipped=row.state == Assignment.State.SKIPPED,
                flagged=row.pk in flagged,
            )
        )
    return found
