"""Celery tasks of this room: they take ids, may run twice, and call services."""

from celery import shared_task

from quality.store import jobs


@shared_task(name="quality.store.run_import_job")
def run_import_job(job_id: int) -> None:
    jobs.run_import(job_id)
