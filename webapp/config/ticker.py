"""The worker's own clock: the steps of the site that must go on whatever becomes of the broker (I8).

Each step looks in the database for what is due, does a bounded piece of it in small transactions and returns. All are
safe to repeat and to be killed. One process ticks at a time; a second one waits for the lock as a stand-by.
"""

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

PG_LOCK = 0x601DE1  # any number that no other program of this database uses


@dataclass(frozen=True)
class Step:
    """`function(now: datetime)`, called about every `seconds`."""

    function: str
    seconds: float


STEPS = (
    Step("webapp.tasks.leases.tick", 5),
    Step("quality.store.dealing.tick", 0.5),
    Step("quality.store.grading.tick", 0.5),
    Step("quality.store.scoring.tick", 1),
    Step("quality.store.lookbacks.tick", 15),
    Step("quality.store.studies.tick", 0.5),
    Step("quality.store.progress.tick", 600),
    Step("quality.store.figures.tick", 3600),
    Step("quality.store.findings.tick", 3600),
    Step("quality.store.jobs.tick", 15),
    Step("quality.supply.clock.tick", 5),
    Step("webapp.exports.services.tick", 15),
    Step("webapp.game.services.tick", 10),
    Step("webapp.accounts.services.tick", 30),
    Step("inference.transport.prefetch.tick", 1),
)


class Ticker:
    """Runs the steps until `stop` is set. A step that fails is logged, slowed down and tried again."""

    def __init__(self, stop: threading.Event, steps: tuple[Step, ...] = STEPS) -> None:
        self.stop = stop
        self._steps: list[tuple[Step, Callable[[datetime], object]]] = [(s, import_string(s.function)) for s in steps]

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                with only_one() as mine:
                    if mine:
                        self._run_steps()
            except Exception:
                logger.exception("The ticker lost its lock; it tries again.")
            close_old_connections()
            self.stop.wait(2)

    def _run_steps(self) -> None:
        due = dict.fromkeys(range(len(self._steps)), 0.0)
        while not self.stop.is_set():
            for index, (step, function) in enumerate(self._steps):
                if time.monotonic() < due[index] or self.stop.is_set():
                    continue
                pause = step.seconds
                try:
                    function(timezone.now())
                except Exception:
                    logger.exception("Step %s failed; it is tried again.", step.function)
                    pause = max(pause, 5)
                    if not connection.is_usable():
                        return
                due[index] = time.monotonic() + pause
            self.stop.wait(max(0.02, min(due.values()) - time.monotonic()))


@contextmanager
def only_one() -> Iterator[bool]:
    """Yield whether this process holds the ticker's lock; it is freed by the system when the process dies."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [PG_LOCK])
            mine = cursor.fetchone()[0]
        try:
            yield mine
        finally:
            if mine and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [PG_LOCK])
        return
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with open(settings.HOME / "ticker.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
