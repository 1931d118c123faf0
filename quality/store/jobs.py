"""Imports that moderators start from a page: a row says what was asked for and how far it is."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from quality.store.clock import Clock
from quality.store.gold import GoldError, import_gold_pack
from quality.store.intake import GoldShare, import_images
from webapp import busy, disks
from webapp.accounts.models import StaffMember
from webapp.images import uploads
from webapp.images.importers import files
from webapp.images.models import ImportJob
from webapp.images.services import BadFile, ImportOptions
from webapp.projects.models import Project
from webapp.projects.services import ProjectError

logger = logging.getLogger(__name__)

GOLD_OPTION = "gold"  # the part of a job's options that is not the importers'
PACK_OPTION = "pack"  # true: what is there is a gold pack, as a folder or a zip of one
REPORT_EVERY = 10  # pictures
BROKEN = (
    "Something went wrong here, and it is on record; what was taken is kept, and the same import goes on from there."
)
NO_ROOM = "The disk is full. What was taken is kept, and the import goes on by itself once there is room."
UNDER_WAY = timedelta(minutes=1)  # that a message may take
_again = Clock(UNDER_WAY.total_seconds())


def start_import(
    *, by: StaffMember | None, project: Project, path: Path | str, options: dict[str, Any] | None = None
) -> ImportJob:
    """Have a worker import `path`. `options`: those of ImportOptions, and "gold": those of GoldShare; or "pack": True.

    Raises ValueError (one sentence) where an option does not fit; nothing has happened then. Where the broker is away
    the clock hands the job over once it is back (`tick`).
    """
    options = dict(options or {})
    _parse(options)
    with transaction.atomic():
        job = ImportJob.objects.create(project=project, by=by, path=str(path), options=options)
        from quality.store.tasks import run_import_job

        transaction.on_commit(lambda: run_import_job.delay(job.pk), robust=True)
    return job


def run_import(job_id: int) -> bool:
    """Carry a job out, unless it is done or another worker is at it; False then, and where the disk is full.

    Safe to repeat: what a killed run took is skipped.
    """
    job = ImportJob.objects.select_related("project", "by").get(pk=job_id)
    if job.state in (ImportJob.State.DONE, ImportJob.State.FAILED):
        return True
    name = f"import-job-{job_id}"
    if not busy.take(name):
        return False
    _update(job_id, state=ImportJob.State.RUNNING)

    def progress(done: int, total: int) -> None:
        if done % REPORT_EVERY == 0 or done == total:
            busy.show_life(name)
            _update(job_id, done=done, total=total)

    try:
        report = _carry_out(job, progress)
    except OperationalError:  # the database is away: the job stays as it is, for the next try
        busy.let_go(name)
        raise
    except (ValueError, OSError, GoldError, ProjectError, BadFile) as error:
        if disks.is_full(error):
            _update(job_id, report={"error": NO_ROOM})
            busy.let_go(name)
            return False
        _update(job_id, state=ImportJob.State.FAILED, report={"error": str(error)}, finished_at=timezone.now())
    except Exception:
        logger.exception("Import %s broke.", job_id)
        _update(job_id, state=ImportJob.State.FAILED, report={"error": BROKEN}, finished_at=timezone.now())
    else:
        _update(job_id, state=ImportJob.State.DONE, report=report, finished_at=timezone.now())
    busy.let_go(name)
    _drop_upload(Path(job.path))
    return True


def _carry_out(job: ImportJob, progress: Callable[[int, int], None]) -> dict[str, Any]:
    path = Path(job.path)
    if job.options.get(PACK_OPTION):
        return _take_pack(job, path, progress)
    importing, gold = _parse(job.options)
    return import_images(
        by=job.by, project=job.project, path=path, options=importing, gold=gold, progress=progress
    ).summary()


def _take_pack(job: ImportJob, path: Path, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """A gold pack that is a folder or a zip, its manifest at the top or one folder down."""
    refused: list[dict[str, str]] = []
    with files.listed(path, lambda name, reason: refused.append({"name": name, "reason": reason})) as listing:
        manifests = [file for name, file in listing.items() if Path(name).name == "manifest.json"]
        if len(manifests) != 1:
            raise GoldError(f"Expected a gold pack with one manifest.json; found {len(manifests)} of that name.")
        pack = import_gold_pack(by=job.by, project=job.project, path=manifests[0].parent, progress=progress)
    return {**asdict(pack), "refused": refused + pack.refused}


def _drop_upload(path: Path) -> None:
    """Files that were sent are kept no longer than needed: they may bear names (I13)."""
    if path.is_relative_to(settings.UPLOADS) and path != settings.UPLOADS:
        shutil.rmtree(settings.UPLOADS / path.relative_to(settings.UPLOADS).parts[0], ignore_errors=True)


def tick(now: datetime) -> int:
    """Hand unfinished jobs to a worker again, whose message was lost with the broker or a worker; returns how many.

    Safe to repeat: who carries out a job already goes on alone. Files that were sent and that no unfinished job waits
    for go: a kill came before they were removed (I13).
    """
    from quality.store.tasks import run_import_job

    unfinished = ImportJob.objects.filter(state__in=(ImportJob.State.WAITING, ImportJob.State.RUNNING))
    uploads.sweep(keep=[Path(path) for path in unfinished.values_list("path", flat=True)])
    lost = unfinished.filter(created_at__lt=now - UNDER_WAY).values_list("pk", flat=True)
    due = [pk for pk in lost if _again.due(pk)]
    for pk in due:
        run_import_job.delay(pk)
    return len(due)


def _parse(options: dict[str, Any]) -> tuple[ImportOptions, GoldShare]:
    if options.get(PACK_OPTION):
        return ImportOptions(), GoldShare()
    gold = options.get(GOLD_OPTION) or {}
    try:
        share = GoldShare(**gold)
    except TypeError:
        raise GoldError("The gold options are share, number and by_group.") from None
    return ImportOptions.parse({key: value for key, value in options.items() if key != GOLD_OPTION}), share


def _update(job_id: int, **values: Any) -> None:
    ImportJob.objects.filter(pk=job_id).update(**values)
