"""Celery tasks of this room: they take ids, may run twice, and call services."""

from celery import shared_task

from quality.store import figures, jobs


# What comes to no end, for another worker is at it or the database is away, the clock hands over again.
@shared_task(name="quality.store.run_import_job")
def run_import_job(job_id: int) -> None:
    jobs.run_import(job_id)


@shared_task(name="quality.store.work_out_figures")
def work_out_figures(project_id: int, name: str) -> None:
    figures.work_out(project_id, name)
