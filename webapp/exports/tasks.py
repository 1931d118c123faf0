"""Exports carried out by a worker; safe to run twice."""

from celery import shared_task

from webapp.exports import services


@shared_task(name="exports.run")
def run(job_id: int) -> None:
    services.run_export(job_id)
