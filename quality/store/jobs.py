"""Imports that moderators start from a page: a row says what was asked for and how far it is."""

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from quality.store.gold import GoldError
from quality.store.intake import GoldShare, import_images
from webapp.accounts.models import StaffMember
from webapp.images.models import ImportJob
from webapp.images.services import ImportOptions
from webapp.projects.models import Project
from webapp.projects.services import ProjectError

GOLD_OPTION = "gold"  # the part of a job's options that is not the importers'
REPORT_EVERY = 10  # pictures


def start_import(
    *, by: StaffMember | None, project: Project, path: Path | str, options: dict[str, Any] | None = None
) -> ImportJob:
    """Have a worker import `path`. `options`: those of ImportOptions, and "gold": those of GoldShare.

    Raises ValueError (one sentence) where an option does not fit; nothing has happened then.
    """
    options = dict(options or {})
    _parse(options)
    with transaction.atomic():
        job = ImportJob.objects.create(project=project, by=by, path=str(path), options=options)
        from quality.store.tasks import run_import_job

        transaction.on_commit(lambda: run_import_job.delay(job.pk))
    return job


def run_import(job_id: int) -> None:
    """Carry a job out. Safe to repeat: what a killed run took is skipped."""
    job = ImportJob.objects.select_related("project", "by").get(pk=job_id)
    if job.state == ImportJob.State.DONE:
        return
    _update(job_id, state=ImportJob.State.RUNNING)

    def progress(done: int, total: int) -> None:
        if done % REPORT_EVERY == 0 or done == total:
            _update(job_id, done=done, total=total)

    try:
        importing, gold = _parse(job.options)
        report = import_images(
            by=job.by, project=job.project, path=Path(job.path), options=importing, gold=gold, progress=progress
        ).summary()
    except (ValueError, OSError, GoldError, ProjectError) as error:
        _update(job_id, state=ImportJob.State.FAILED, report={"error": str(error)}, finished_at=timezone.now())
    else:
        _update(job_id, state=ImportJob.State.DONE, report=report, finished_at=timezone.now())


def resume_imports() -> int:
    """Hand jobs that nobody carries out any more to a worker again, after a kill; returns how many."""
    from quality.store.tasks import run_import_job

    unfinished = ImportJob.objects.filter(state__in=(ImportJob.State.WAITING, ImportJob.State.RUNNING))
    for job in unfinished:
        run_import_job.delay(job.pk)
    return len(unfinished)


def _parse(options: dict[str, Any]) -> tuple[ImportOptions, GoldShare]:
    gold = options.get(GOLD_OPTION) or {}
    try:
        share = GoldShare(**gold)
    except TypeError:
        raise GoldError("The gold options are share, number and by_group.") from None
    return ImportOptions.parse({key: value for key, value in options.items() if key != GOLD_OPTION}), share


def _update(job_id: int, **values: Any) -> None:
    ImportJob.objects.filter(pk=job_id).update(**values)
