"""Celery tasks of this room, on the queue `gpu`."""

import threading

from celery import shared_task
from django.db import connection

_making = threading.Lock()


# Taken off the queue at once: should the worker die, the clock sends another.
@shared_task(name="quality.supply.make_batch", acks_late=False)
def make_batch(batch_id: int) -> None:
    """Start making a batch, unless this process makes one already; returns at once, so that prompts are answered on."""
    if _making.acquire(blocking=False):
        threading.Thread(target=_make, args=(batch_id,), name="making-gold", daemon=True).start()


def _make(batch_id: int) -> None:
    from quality.supply.making import make

    try:
        make(batch_id)
    finally:
        _making.release()
        connection.close()
