"""Work of the `gpu` queue: `celery -A webapp.config worker -Q gpu -P solo` (prefork breaks CUDA)."""

import asyncio
import logging
import os
import threading
from concurrent.futures import Future
from functools import cache
from typing import Any

from celery import Task, shared_task
from celery.signals import task_postrun, task_prerun, worker_init
from channels.layers import get_channel_layer
from django.conf import settings

from inference.engine import SegmenterError
from inference.transport import figures, metrics, places, worker
from inference.transport.engine import engine
from inference.transport.messages import Ask

logger = logging.getLogger(__name__)
_loop = asyncio.new_event_loop()


@cache
def _replies() -> asyncio.AbstractEventLoop:
    """The loop of this process on which answers go out; one thread for good keeps the layer's connections open."""
    threading.Thread(target=_loop.run_forever, name="assist-replies", daemon=True).start()
    return _loop


def _on_its_way(sending: Future[None]) -> None:
    sending.add_done_callback(_log_failure)


def _log_failure(sending: Future[None]) -> None:
    if error := sending.exception():
        logger.warning("An answer could not be sent: %s", error)  # Redis is gone; the person was told to go on by hand


# Taken off the queue at once: a prompt that killed its worker must not come back to kill the next.
@shared_task(name="inference.answer_prompt", acks_late=False)
def answer_prompt(ask: dict[str, Any], channel: str) -> None:
    """Hand one prompt to the engine, which answers the socket on `channel`; returns at once, so the next can join."""
    layer = get_channel_layer()

    def reply(message: dict[str, Any]) -> None:
        _on_its_way(asyncio.run_coroutine_threadsafe(layer.send(channel, message), _replies()))

    known = Ask(**ask)
    if reason := engine().ask(known, channel, reply):
        reply(worker.refusal(known, reason))


@shared_task(name="inference.prepare_picture", acks_late=False)
def prepare_picture(file: str) -> None:
    """Make one embedding ahead, when the engine has nothing better to do."""
    engine().prepare(file)


@worker_init.connect
def load_segmenter(sender: Any = None, **_: object) -> None:
    """The gpu worker loads its model, then takes a place and its queue; without a model it says why and ends."""
    if settings.ROLE != "gpu":
        return
    try:
        worker.segmenter()
    except SegmenterError as error:
        raise SystemExit(str(error)) from error
    worker.warm_up()
    name = places.queue(places.mine().number)
    sender.app.amqp.queues.select_add(name)
    places.mine().keep()
    figures.keep_telling(name)
    if port := os.environ.get("GOLDVEIN_METRICS_PORT"):
        metrics.serve(int(port))


def _holds_up_prompts(task: Task) -> bool:
    """Whether a task (making gold takes minutes) stands before the prompts of this process's queue."""
    return settings.ROLE == "gpu" and not task.name.startswith("inference.")


@task_prerun.connect
def leave_place(task: Task, **_: object) -> None:
    if _holds_up_prompts(task):
        places.mine().leave()


@task_postrun.connect
def come_back(task: Task, **_: object) -> None:
    if _holds_up_prompts(task):
        places.mine().come_back()
