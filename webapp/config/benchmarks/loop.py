"""The volunteer loop under load: next, picture, answer, again; the client is lean so that it measures the site."""

import asyncio
import json
import time
from dataclasses import dataclass, field

import numpy as np

PROJECT = "benchmark"


@dataclass
class Figures:
    """Seconds of each request, by kind; `waits` counts 503 answers (the dealer was behind)."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"next": [], "image": [], "submit": [], "loop": []})
    waits: int = 0
    errors: list[str] = field(default_factory=list)

    def percentile(self, kind: str, q: float) -> float:
        """Milliseconds; nan without a single request."""
        values = self.seconds[kind]
        return float(np.percentile(values, q)) * 1000 if values else float("nan")


class Connection:
    """One keep-alive HTTP/1.1 connection; just enough of the protocol for our own server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, bytes]:
        if self.writer is None or self.reader is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        data = b"" if body is None else json.dumps(body).encode()
        head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(data)}"]
        head += ["Content-Type: application/json"] + ([f"Authorization: Token {token}"] if token else [])
        self.writer.write("\r\n".join([*head, "", ""]).encode() + data)
        await self.writer.drain()
        return await self._answer()

    async def _answer(self) -> tuple[int, bytes]:
        assert self.reader is not None
        assert self.writer is not None
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        body = await self.reader.readexactly(length) if length else b""
        if "connection: close" in head:
            self.writer.close()
        return status, body


async def volunteer(port: int, until: float, figures: Figures, number: int) -> None:
    """Join, then play until the clock says stop."""
    connection = Connection(port)
    status, body = await connection.request("POST", "/api/v1/play/join", {"consent": True})
    if status not in (200, 201):
        figures.errors.append(f"join: {status} {body[:200]!r}")
        return
    token = json.loads(body)["token"]
    while time.perf_counter() < until:
        start = time.perf_counter()
        status, body = await connection.request("POST", f"/api/v1/play/projects/{PROJECT}/next", {}, token)
        if status == 503:
            figures.waits += 1
            await asyncio.sleep(0.1)
            continue
        if status != 200:
            figures.errors.append(f"next: {status} {body[:200]!r}")
            return
        claimed = time.perf_counter()
        assignment = json.loads(body)["assignment"]
        status, _ = await connection.request("GET", assignment["image"]["url"], None, token)
        seen = time.perf_counter()
        label = assignment["question"]["labels"][number % 2]["key"]
        answer = {"answer": {"kind": "class", "label": label}, "trace": {}, "client_ms": 900}
        put, body = await connection.request(
            "PUT", f"/api/v1/play/assignments/{assignment['id']}/annotation", answer, token
        )
        end = time.perf_counter()
        if status != 200 or put != 201:
            figures.errors.append(f"image {status}, submit {put} {body[:200]!r}")
            return
        for kind, seconds in (
            ("next", claimed - start),
            ("image", seen - claimed),
            ("submit", end - seen),
            ("loop", end - start),
        ):
            figures.seconds[kind].append(seconds)


async def _play(port: int, clients: int, seconds: float) -> Figures:
    figures = Figures()
    until = time.perf_counter() + seconds
    await asyncio.gather(*(volunteer(port, until, figures, n) for n in range(clients)))
    return figures


def play(port: int, *, clients: int, seconds: float) -> Figures:
    return asyncio.run(_play(port, clients, seconds))
