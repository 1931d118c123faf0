"""A small crowd that has played before the first visitor comes, so that boards and staff pages show something.

Virtual volunteers play through the site's own doors: it is served for them on a port of its own, without limits on
their haste, and stopped again.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from webapp.config.demo.texts import PROJECTS
from webapp.tasks import leases
from webapp.tasks.models import Hand

SEED = 1
START_SECONDS = 60
SECONDS = 90  # for each project, at most
# project -> people, rounds each: enough for gold to tell them apart, and most of the work left to visitors
CROWDS = {"which-cell": (8, 3), "find-the-cells": (5, 1), "outline-the-organ": (6, 2)}


def has_played() -> bool:
    return _note().exists()


def play(*, say: Callable[[str], None]) -> None:
    """Let the crowd play each project of the demonstration once. A project it cannot play is left to the visitors."""
    with _served() as url:
        for text in PROJECTS:
            people, rounds = CROWDS[text.slug]
            say(f"{people} virtual volunteers play {text.title!r} ...")
            try:
                call_command(
                    "simulate_crowd",
                    text.slug,
                    url=url,
                    people=people,
                    rounds=rounds,
                    seed=SEED,
                    seconds=SECONDS,
                    leave=True,
                    stdout=open(os.devnull, "w"),  # noqa: SIM115 - the table is for those who simulate on purpose
                )
            except CommandError as error:
                say(f"They stopped: {error}")
    # They are gone for good: what lies in their hands goes back to the visitors now, and not in some minutes.
    Hand.objects.filter(annotator__isnull=False).update(asked_at=timezone.now() - timedelta(days=1))
    leases.tick(timezone.now())
    _note().touch()


def _note() -> Path:
    return settings.HOME / "demo" / "crowd-has-played"


@contextlib.contextmanager
def _served() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(
        command, env={**os.environ, "GOLDVEIN_THROTTLE": "off"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server)
        yield url
        time.sleep(2)  # the clock of this server grades the last answers
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(url: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(URLError, OSError):
            urlopen(f"{url}/healthz", timeout=2).close()
            return
        time.sleep(0.1)
    raise CommandError(f"The site did not answer at {url} within {START_SECONDS} s, so no crowd could play.")
