"""Starts what works behind the web: the ticker and Celery workers, as threads of this process."""

import logging
import threading
import time

from django.conf import settings

from webapp.config.celery import app
from webapp.config.ticker import Ticker

logger = logging.getLogger(__name__)


def start_ticker(stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=Ticker(stop).run, name="ticker", daemon=True)
    thread.start()
    return thread


def celery_worker(queue: str, *, pool: str, concurrency: int):
    """A Celery worker of this process; `start()` blocks. Without gossip, mingle and heartbeat: nobody listens."""
    return app.WorkController(
        queues=[queue],
        pool=pool,
        concurrency=concurrency,
        hostname=f"{queue}@goldvein",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel=logging.WARNING,
    )


def start_celery_thread(queue: str) -> threading.Thread:
    """One worker thread for `queue`, for the embedded default; tasks run in it one after the other.

    Returns once it consumes: Celery keeps the queues of a worker in the application until then, where those of the next
    worker would replace them, and nobody would take from this queue.
    """
    worker = celery_worker(queue, pool="solo", concurrency=1)
    thread = threading.Thread(target=worker.start, name=f"celery-{queue}", daemon=True)
    thread.start()
    while thread.is_alive() and getattr(worker.consumer, "task_consumer", None) is None:
        time.sleep(0.01)
    return thread


def embedded(stop: threading.Event) -> None:
    """Everything behind the web of role `all`."""
    assert settings.ROLE == "all"
    start_ticker(stop)
    for queue in ("work", "gpu"):
        start_celery_thread(queue)
