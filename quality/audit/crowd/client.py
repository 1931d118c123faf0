"""The volunteers' API as one person uses it: join, ask, look, answer."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Self

import httpx

_LONGEST_PAUSE = 5.0  # seconds between two asks while the dealer is behind
_MOST_WAITS = 40  # refusals of one request for its haste, before it is given up


class SimulationError(Exception):
    """The simulation cannot go on; the message is one sentence."""


class PlayClient:
    """One person's connection. `patient`: waits where the site limits requests; otherwise that ends the simulation."""

    def __init__(self, url: str, *, patient: bool = False) -> None:
        self.url, self.patient = url.rstrip("/"), patient
        self.token = self.pseudonym = ""
        self.http = httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False)

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.__aexit__(kind, error, trace)

    async def join(self) -> None:
        joined = (await self.call("POST", "/api/v1/play/join", {"consent": True})).json()
        self.token, self.pseudonym = joined["token"], joined["annotator"]["pseudonym"]
        self.http.headers["Authorization"] = f"Token {self.token}"

    async def next(self, slug: str, *, deadline: float) -> tuple[httpx.Response | None, int]:
        """The reply with the next assignment, and how often the dealer was behind before it.

        None when there is nothing left or no time; `deadline` in monotonic seconds.
        """
        waits = 0
        while time.monotonic() < deadline:
            reply = await self.call("POST", f"/api/v1/play/projects/{slug}/next")
            if reply.status_code == 204:
                return None, waits
            if reply.status_code == 200:
                return reply, waits
            waits += 1
            await asyncio.sleep(min(float(reply.headers.get("Retry-After", 1)), _LONGEST_PAUSE))
        return None, waits

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """A reply of 2xx or 503; everything else ends the simulation with a sentence."""
        for _ in range(_MOST_WAITS):
            reply = await self._request(method, path, body)
            if reply.status_code != 429 or not self.patient:
                break
            await asyncio.sleep(float(reply.headers.get("Retry-After", 1)))
        if reply.status_code == 429:
            raise SimulationError(
                "The site limits requests, and a simulation asks faster than people do; "
                "start the site with GOLDVEIN_THROTTLE=off for it."
            )
        if reply.status_code != 503 and not reply.is_success:
            raise SimulationError(f"{method} {path} was answered with {reply.status_code}: {reply.text[:200]}")
        return reply

    async def _request(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            return await self.http.request(method, path, json=body)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise SimulationError(f"The site at {self.url} does not answer ({reason}).") from error
