"""The worker process of a production site."""

import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.config.workers import celery_worker, start_ticker


class Command(BaseCommand):
    help = (
        "Runs a worker until it is stopped: with GOLDVEIN_ROLE=worker the site's clock and the queue `work`, with "
        "GOLDVEIN_ROLE=gpu the queue `gpu`. Example: GOLDVEIN_ROLE=worker manage.py work --threads 4"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=2, help="Tasks at a time on the queue `work` (default 2).")

    def handle(self, *, threads: int, **options: Any) -> None:
        if settings.ROLE not in {"worker", "gpu"}:
            raise CommandError(f"work needs GOLDVEIN_ROLE=worker or gpu; it is {settings.ROLE!r}.")
        if settings.CELERY_BROKER_URL == settings.MEMORY_BROKER:
            raise CommandError("work needs a broker that other processes reach: set GOLDVEIN_REDIS_URL.")
        stop = threading.Event()
        if settings.ROLE == "worker":
            start_ticker(stop)
            worker = celery_worker("work", pool="threads", concurrency=threads)
        else:
            # One thread owns the model: prefork breaks CUDA, and two threads would share one GPU anyway.
            worker = celery_worker("gpu", pool="solo", concurrency=1)
        try:
            worker.start()
        finally:
            stop.set()
