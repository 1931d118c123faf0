"""The assist's socket, as a page uses it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from quality.domain import masks

_ANSWER_SECONDS = 10.0


class AssistSocket:
    """One person's connection. Anything that goes wrong is an answer of None: people draw by hand then."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self.origin = Origin(urlunsplit((parts.scheme, parts.netloc, "", "", "")))  # as of a page of the site
        self.url = urlunsplit((scheme, parts.netloc, "/ws/assist/", "", ""))
        self.token = token
        self._connection: ClientConnection | None = None
        self._sequence = 0

    async def propose(self, assignment: str, box: list[float], *, size: tuple[int, int]) -> masks.Mask | None:
        """The mask `bool[h, w]` proposed for a box, or None."""
        message = await self.ask(assignment, box)
        return _placed(message["mask"], size) if message is not None and message["type"] == "mask" else None

    async def ask(self, assignment: str, box: list[float]) -> dict[str, Any] | None:
        """The reply to a box as it came, or None."""
        self._sequence += 1
        prompt = {"type": "prompt", "assignment": assignment, "sequence": self._sequence, "box": box}
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                connection = await self._connected()
                await connection.send(json.dumps(prompt))
                while True:
                    message: dict[str, Any] = json.loads(await connection.recv())
                    if message.get("sequence") == self._sequence:
                        return message
        except (OSError, TimeoutError, WebSocketException):
            await self.close()
            return None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _connected(self) -> ClientConnection:
        if self._connection is None:
            self._connection = await connect(self.url, origin=self.origin, proxy=None)
            await self._connection.send(json.dumps({"type": "hello", "token": self.token}))
        return self._connection


def _placed(cropped: dict[str, object], size: tuple[int, int]) -> masks.Mask | None:
    """The cropped mask of a reply, {"x", "y", "rle"}, in its picture; None if there is nothing in it."""
    x, y = int(str(cropped["x"])), int(str(cropped["y"]))
    part = masks.decode(cropped["rle"])  # type: ignore[arg-type]  # checked by decode itself
    whole = np.zeros(size, dtype=bool)
    window = whole[y : y + part.shape[0], x : x + part.shape[1]]
    window |= part[: window.shape[0], : window.shape[1]]
    return whole if whole.any() else None
