"""Work of the `gpu` queue: `celery -A webapp.config worker -Q gpu -P solo` (prefork breaks CUDA)."""

import os
from typing import Any

from asgiref.sync import async_to_sync
from celery import shared_task
from celery.signals import worker_init
from channels.layers import get_channel_layer
from django.conf import settings

from inference.engine import SegmenterError
from inference.transport import metrics, worker
from inference.transport.messages import Ask


# Taken off the queue at once: a prompt that killed its worker must not come back to kill the next.
@shared_task(name="inference.answer_prompt", acks_late=False)
def answer_prompt(ask: dict[str, Any], channel: str) -> None:
    """Answer one prompt to the socket that waits on `channel`. Safe to run twice: the second answer comes too late."""
    async_to_sync(get_channel_layer().send)(channel, worker.reply_to(Ask(**ask)))


@shared_task(name="inference.prepare_picture", acks_late=False)
def prepare_picture(file: str) -> None:
    """Make one embedding ahead."""
    worker.prepare(file)


@worker_init.connect
def load_segmenter(**_: object) -> None:
    """The gpu worker loads its model before it takes work; without one it says why and does not start."""
    if settings.ROLE != "gpu":
        return
    try:
        worker.segmenter()
    except SegmenterError as error:
        raise SystemExit(str(error)) from error
    if port := os.environ.get("GOLDVEIN_METRICS_PORT"):
        metrics.serve(int(port))
