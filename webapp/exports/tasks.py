"""Exports carried out by a worker; safe to run twice."""

import logging

from celery import shared_task
from celery.signals import worker_ready
from django.db import DatabaseError

from webapp.exports import services

logger = logging.getLogger(__name__)


@shared_task(name="exports.run")
def run(job_id: int) -> None:
    services.run_export(job_id)


@worker_ready.connect(dispatch_uid="exports.resume")
def resume(**_: object) -> None:
    """A worker that starts looks for exports that a kill or a lost broker left unfinished (I8)."""
    try:
        services.resume_exports()
    except DatabaseError:
        logger.exception("Unfinished exports could not be looked for; the next worker tries again.")
