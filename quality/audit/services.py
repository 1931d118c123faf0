"""Writes of this room."""

from __future__ import annotations

from typing import Any

from quality.audit.models import AuditReport
from webapp.projects.models import Project


def keep_report(*, project: Project, report: dict[str, Any]) -> int:
    """Keep the report of a leak audit (see `quality.audit.leaks.report`); returns its number."""
    return AuditReport.objects.create(project=project, verdict=report["verdict"], report=report).pk
