"""Exports as jobs: started by somebody, carried out by a worker, kept as a file."""

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from quality.store import selectors as quality
from quality.store.clock import Clock
from webapp import busy, disks
from webapp.accounts.models import StaffMember
from webapp.exports import assembly
from webapp.exports.models import ExportJob
from webapp.exports.repairs import REPAIRS
from webapp.exports.rows import Row
from webapp.exports.writers import WRITERS, Writer
from webapp.projects.models import Project

PROGRESS_EVERY = 100
FORGOTTEN = 24 * 3600  # seconds that a half-written file may stay untouched
NO_ROOM = "The disk is full; nothing of the export was kept. Ask for it again once there is room."
UNDER_WAY = timedelta(minutes=1)  # that a message may take
UNFINISHED = (ExportJob.State.WAITING, ExportJob.State.RUNNING)
_again = Clock(UNDER_WAY.total_seconds())


class ExportError(ValueError):
    """The message is one sentence for whoever asked."""


def start_export(
    *,
    by: StaffMember | None,
    project: Project,
    format: str,
    include_gold: bool = False,
    repairs: Sequence[str] = (),
) -> ExportJob:
    """Ask a worker for an export; the job's row tells how far it is. Raises ExportError.

    Where the broker is away the clock hands the job over once it is back (`tick`).
    """
    from webapp.exports.tasks import run

    writer_for(project, format, repairs)
    options = {"include_gold": include_gold, "repairs": list(repairs)}
    with transaction.atomic():
        job = ExportJob.objects.create(project=project, by=by, format=format, options=options)
        transaction.on_commit(lambda: run.delay(job.pk), robust=True)
    return job


def writer_for(project: Project, format: str, repairs: Sequence[str] = ()) -> Writer:
    if format not in WRITERS:
        raise ExportError(f"An export is one of {', '.join(WRITERS)}; it is {format!r}.")
    writer = WRITERS[format]
    if project.kind not in writer.kinds:
        raise ExportError(
            f"The format {format} holds {' and '.join(writer.kinds)} labels; {project.slug} has {project.kind} labels."
        )
    if unknown := [name for name in repairs if name not in REPAIRS]:
        raise ExportError(f"A repair is one of {', '.join(REPAIRS)}; it is {unknown[0]!r}.")
    if repairs and not writer.volumes:
        raise ExportError(f"Repairs are for whole volumes; the format {format} holds none.")
    return writer


def run_export(job_id: int) -> None:
    """Carry a job out, unless it is done or another worker is at it. Safe to run again after a kill: the file appears
    whole, under its name, or not at all."""
    job = ExportJob.objects.select_related("project").get(pk=job_id)
    name = f"export-job-{job_id}"
    if job.state not in UNFINISHED or not busy.take(name):
        return
    try:
        _carry_out(job, alive=lambda: busy.show_life(name))
    finally:
        busy.let_go(name)


def _carry_out(job: ExportJob, *, alive: Callable[[], None]) -> None:
    include_gold = bool(job.options.get("include_gold"))
    total = quality.count_export_rows(job.project, include_gold=include_gold)
    _update(job, state=ExportJob.State.RUNNING, total=total, done=0)
    writer = WRITERS[job.format]
    # The same whenever the job is carried out, so that twice leaves one file; nobody guesses it.
    token = salted_hmac("webapp.exports", str(job.pk)).hexdigest()[:8]
    name = f"{job.project.slug}-{job.format}-{job.pk}-{token}{writer.suffix}"

    def progress(done: int) -> None:
        alive()
        _update(job, done=done)

    try:
        settings.EXPORTS.mkdir(parents=True, exist_ok=True)
        write_export(
            project=job.project,
            format=job.format,
            include_gold=include_gold,
            repairs=job.options.get("repairs", ()),
            path=settings.EXPORTS / name,
            progress=progress,
        )
    except OperationalError:  # the database is away: the job stays as it is, for the next try
        raise
    except Exception as error:
        told = NO_ROOM if disks.is_full(error) else str(error)[:300]
        _update(job, state=ExportJob.State.FAILED, error=told, finished_at=timezone.now())
        raise
    _update(job, state=ExportJob.State.DONE, done=total, file=name, finished_at=timezone.now())


def tick(now: datetime) -> int:
    """Hand unfinished exports to a worker again, whose message was lost with the broker or a worker, and remove what
    killed ones left; returns how many. Safe to repeat."""
    from webapp.exports.tasks import run

    for partial in settings.EXPORTS.glob(".*"):
        if time.time() - partial.stat().st_mtime > FORGOTTEN:
            partial.unlink(missing_ok=True)
    lost = ExportJob.objects.filter(state__in=UNFINISHED, created_at__lt=now - UNDER_WAY)
    due = [pk for pk in lost.values_list("pk", flat=True) if _again.due(pk)]
    for pk in due:
        run.delay(pk)
    return len(due)


def write_export(
    *,
    project: Project,
    format: str,
    path: Path,
    include_gold: bool = False,
    repairs: Sequence[str] = (),
    progress: Any = None,
) -> int:
    """Write an export to `path`, whole or not at all; returns the number of rows. Raises ExportError."""
    writer = writer_for(project, format, repairs)
    counter = _Counter(progress)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(partial, "wb") as out:
            rows = counter.watch(assembly.rows(project, include_gold=include_gold))
            writer.write(assembly.dataset(project, repairs=repairs), rows, out)
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return counter.rows


class _Counter:
    def __init__(self, progress: Any) -> None:
        self.rows = 0
        self.progress = progress

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            yield row
            self.rows += 1
            if self.progress and self.rows % PROGRESS_EVERY == 0:
                self.progress(self.rows)


def _update(job: ExportJob, **values: Any) -> None:
    ExportJob.objects.filter(pk=job.pk).update(**values)
