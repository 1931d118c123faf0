"""Bodies of requests have an end. Django writes a body to disk whole before anybody looks at who sent it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from webapp.accounts.sessions import is_staff_path

BODY_BYTES = 4 * 2**20  # of everything but files sent to staff pages; the API itself takes half of it
REFUSAL = b'{"detail": "The body is larger than this address takes."}'

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class _TooLong(Exception):
    pass


class BoundedBodies:
    """Answers 413 as soon as a body is longer than its address takes, whether or not it said so at the start."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        left = settings.UPLOAD_BYTES if is_staff_path(scope["path"]) else BODY_BYTES
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if said.isdigit() and int(said) > left:
            await _refuse(send)
            return

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooLong
            return message

        try:
            await self.app(scope, counted, send)
        except _TooLong:
            await _refuse(send)


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSAL})
