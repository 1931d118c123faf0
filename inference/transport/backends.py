"""Two ways from the socket to the engine, alike to the consumer: a prompt goes in, a channel message comes back.

Role `all` has the engine in a thread of its own process; every other web process asks the gpu worker through Celery.
Neither ever makes the event loop wait for a model.
"""

import asyncio
import logging
from collections.abc import Iterable
from functools import cache
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from kombu.exceptions import OperationalError

from inference.transport import figures, places, tasks, worker
from inference.transport.engine import Engine, engine
from inference.transport.messages import Ask

logger = logging.getLogger(__name__)

PREPARE_EXPIRES = 60  # seconds; a picture not prepared by then has been seen


class Unavailable(Exception):
    """The engine cannot be asked now; the text is for the annotator."""


class Backend(Protocol):
    async def ask(self, ask: Ask, *, channel: str, seconds: float, avoid: str | None = None) -> str:
        """Hand `ask` over within `seconds`; an `assist.answer` reaches `channel`, `assist.waiting` while it takes long.

        Returns where it went. With `avoid`, where it went before and nothing was heard of it, it goes elsewhere, or
        nowhere again if there is no other place. Raises `Unavailable` when it cannot even be handed over.
        """
        ...

    def prepare(self, files: Iterable[str]) -> None:
        """Have embeddings made ahead, after all prompts that wait."""
        ...

    def warm_up(self) -> None:
        """Somebody came who will soon ask: have the model loaded. Returns at once."""
        ...


class EmbeddedBackend:
    """The engine in this process (role `all`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._warm = False

    async def ask(self, ask: Ask, *, channel: str, seconds: float, avoid: str | None = None) -> str:
        if avoid is not None:
            return avoid  # there is this one engine, and it has the prompt
        loop, layer = asyncio.get_running_loop(), get_channel_layer()

        def reply(message: dict[str, Any]) -> None:
            # The in-memory layer belongs to the server's loop: hand over there.
            if not loop.is_closed():
                asyncio.run_coroutine_threadsafe(layer.send(channel, message), loop)

        if reason := self._engine.ask(ask, channel, reply):
            raise Unavailable(reason)
        return figures.EMBEDDED

    def prepare(self, files: Iterable[str]) -> None:
        for file in files:
            self._engine.prepare(file)

    def warm_up(self) -> None:
        if not self._warm:
            self._warm = True
            self._engine.run(worker.warm_up)
            figures.keep_telling(figures.EMBEDDED)


class RemoteBackend:
    """The engines in gpu workers, through the broker; their answers come through the channel layer.

    A picture's prompts go to the queue of its own place; before any worker has one, to the queue of all.
    """

    async def ask(self, ask: Ask, *, channel: str, seconds: float, avoid: str | None = None) -> str:
        def publish() -> str:
            queue = next((name for name in _queues(ask.file) if name != avoid), None)
            if queue is None and avoid is not None:
                return avoid
            message = (ask.to_json(), channel)
            tasks.answer_prompt.apply_async(
                message, expires=seconds, retry=False, ignore_result=True, **({"queue": queue} if queue else {})
            )
            return queue or ""

        try:
            return await asyncio.wait_for(sync_to_async(publish, thread_sensitive=False)(), seconds)
        except (OperationalError, OSError, TimeoutError) as error:
            logger.warning("The broker did not take a prompt: %s", error)
            raise Unavailable("The assist cannot be reached; draw by hand.") from error

    def prepare(self, files: Iterable[str]) -> None:
        for file in files:
            queues = _queues(file)[:1]
            tasks.prepare_picture.apply_async(
                (file,), expires=PREPARE_EXPIRES, ignore_result=True, **({"queue": queues[0]} if queues else {})
            )

    def warm_up(self) -> None:
        """The gpu worker loads its model when it starts."""


def _queues(file: str) -> list[str]:
    """The queues of all living places, the picture's own first; none where that cannot be known."""
    try:
        return [places.queue(place) for place in places.ranked(file, places.living.places())]
    except Exception as error:  # whichever the cache's backend has
        logger.warning("The engines' places cannot be looked up: %s", error)
        return []


@cache
def _backend(embedded: bool) -> Backend:
    return EmbeddedBackend(engine()) if embedded else RemoteBackend()


def backend() -> Backend:
    """The way of this process."""
    return _backend(settings.ROLE == "all")
