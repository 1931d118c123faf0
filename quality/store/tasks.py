"""Celery tasks of this room: they take ids, may run twice, and call services."""

import logging

from celery import shared_task
from celery.signals import worker_ready
from django.db import DatabaseError, OperationalError

from quality.store import figures, jobs

logger = logging.getLogger(__name__)


@shared_task(bind=True, name="quality.store.run_import_job", max_retries=3)
def run_import_job(self, job_id: int) -> None:
    try:
        mine = jobs.run_import(job_id)
    except OperationalError as error:
        raise self.retry(exc=error, countdown=30) from None
    if not mine:
        raise self.retry(countdown=jobs.BUSY_SECONDS)


@shared_task(name="quality.store.work_out_figures")
def work_out_figures(project_id: int, name: str) -> None:
    figures.work_out(project_id, name)


@worker_ready.connect(dispatch_uid="quality_store.resume_imports")
def resume(**_: object) -> None:
    """A worker that starts looks for jobs that a kill or a lost broker left unfinished (I8)."""
    try:
        jobs.resume_imports()
    except DatabaseError:
        logger.exception("Unfinished imports could not be looked for; the next worker tries again.")
