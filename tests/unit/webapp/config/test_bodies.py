"""A body that is longer than its address takes is refused before it is read whole."""

import asyncio
from typing import Any

import pytest

from webapp.config.bodies import BODY_BYTES, BoundedBodies

MIB = 2**20


async def _reading(scope: Any, receive: Any, send: Any) -> None:
    """Reads to the end, as Django does, then answers 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})


def status_of(path: str, chunks: int, *, said: int | None = None) -> tuple[int, int]:
    """(status, chunks of 1 MiB read) of a body sent to `path`."""
    read, answers = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * MIB, "more_body": read < chunks}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    headers = [] if said is None else [(b"content-length", str(said).encode())]
    asyncio.run(BoundedBodies(_reading)({"path": path, "headers": headers}, receive, send))
    return answers[0]["status"], read


def test_a_body_that_says_its_length_is_not_read_at_all():
    assert status_of("/api/v1/play/join", 100, said=100 * MIB) == (413, 0)


def test_a_body_that_hides_its_length_is_cut_off():
    assert status_of("/api/v1/play/join", 100) == (413, BODY_BYTES // MIB + 1)


@pytest.mark.parametrize("path", ["/api/v1/play/join", "/staff/projects/cells/imports/"])
def test_what_fits_goes_through(path):
    assert status_of(path, 4, said=4 * MIB) == (200, 4)


def test_staff_may_send_files_up_to_their_limit(settings):
    settings.UPLOAD_BYTES = 6 * MIB
    assert status_of("/staff/projects/cells/imports/", 6) == (200, 6)
    assert status_of("/api/v1/staff/projects/cells/imports/upload", 7) == (413, 7)
