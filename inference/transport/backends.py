"""Two ways from the socket to the engine, alike to the consumer: a prompt goes in, a channel message comes back.

Role `all` has the engine in a thread of its own process; every other web process asks the gpu worker through Celery.
Neither ever makes the event loop wait for a model.
"""

import asyncio
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections
from kombu.exceptions import OperationalError

from inference.transport import tasks, worker
from inference.transport.messages import Ask

logger = logging.getLogger(__name__)

MAX_QUEUED = 512
PREPARE_EXPIRES = 60  # seconds; a picture not prepared by then has been seen


class Unavailable(Exception):
    """The engine cannot be asked now; the text is for the annotator."""


class Backend(Protocol):
    async def ask(self, ask: Ask, *, channel: str, seconds: float) -> None:
        """Hand `ask` over; within `seconds` an `assist.answer` message reaches `channel`, or it is dropped.

        Raises `Unavailable` when it cannot even be handed over.
        """
        ...

    def prepare(self, files: Iterable[str]) -> None:
        """Have embeddings made ahead, after all prompts that wait."""
        ...

    def warm_up(self) -> None:
        """Somebody came who will soon ask: have the model loaded. Returns at once."""
        ...


class EngineThread:
    """The one thread that runs models in this process: prompts before preparations, each in order of arrival."""

    def __init__(self) -> None:
        self._queue: queue.PriorityQueue[tuple[int, int, Callable[[], None]]] = queue.PriorityQueue(MAX_QUEUED)
        self._numbers = itertools.count()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, job: Callable[[], None], *, urgent: bool) -> bool:
        """Queue `job`; False when the queue is full."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait((0 if urgent else 1, next(self._numbers), job))
        except queue.Full:
            return False
        return True

    def _run(self) -> None:
        while True:
            _, _, job = self._queue.get()
            try:
                job()
            except Exception:
                logger.exception("A job of the engine failed.")
            finally:
                connections.close_all()


class EmbeddedBackend:
    """The engine in this process (role `all`)."""

    def __init__(self, thread: EngineThread) -> None:
        self._thread = thread
        self._warm = False

    async def ask(self, ask: Ask, *, channel: str, seconds: float) -> None:
        loop, layer, deadline = asyncio.get_running_loop(), get_channel_layer(), time.monotonic() + seconds

        def job() -> None:
            if time.monotonic() > deadline:
                return  # nobody waits any more
            message = worker.reply_to(ask)
            # The in-memory layer belongs to the server's loop: hand over there.
            if not loop.is_closed():
                asyncio.run_coroutine_threadsafe(layer.send(channel, message), loop)

        if not self._thread.put(job, urgent=True):
            raise Unavailable("The assist is busy; draw by hand or try again.")

    def prepare(self, files: Iterable[str]) -> None:
        for file in files:
            self._thread.put(lambda file=file: worker.prepare(file), urgent=False)  # type: ignore[misc]

    def warm_up(self) -> None:
        if not self._warm:
            self._warm = self._thread.put(worker.warm_up, urgent=True)


class RemoteBackend:
    """The engine in the gpu worker, through the broker; its answer comes through the channel layer."""

    async def ask(self, ask: Ask, *, channel: str, seconds: float) -> None:
        publish = sync_to_async(tasks.answer_prompt.apply_async, thread_sensitive=False)
        try:
            sent = publish((ask.to_json(), channel), expires=seconds, retry=False, ignore_result=True)
            await asyncio.wait_for(sent, seconds)
        except (OperationalError, OSError, TimeoutError) as error:
            logger.warning("The broker did not take a prompt: %s", error)
            raise Unavailable("The assist cannot be reached; draw by hand.") from error

    def prepare(self, files: Iterable[str]) -> None:
        for file in files:
            tasks.prepare_picture.apply_async((file,), expires=PREPARE_EXPIRES, ignore_result=True)

    def warm_up(self) -> None:
        """The gpu worker loads its model when it starts."""


_engine_thread = EngineThread()


@cache
def _backend(embedded: bool) -> Backend:
    return EmbeddedBackend(_engine_thread) if embedded else RemoteBackend()


def backend() -> Backend:
    """The way of this process."""
    return _backend(settings.ROLE == "all")
