"""The one thread of a process that runs models: prompts of many people in one batch, encoding behind them.

    prompts at hand   >   pictures a prompt waits for   >   other jobs   >   pictures prepared ahead

A prompt waits at most five milliseconds for company. Of one socket and assignment only the newest prompt is kept; one
that nobody waits for any more is dropped before any work. Whoever waits longer than a second, or is sure to since their
picture needs a slow encoding, hears about every second how many are before them and about how long it will take; a
process that was killed therefore falls silent.

A picture that another process is encoding is left to it: whoever waits for it is decoded when it is at hand, and if the
other dies over it, it is encoded here. Meanwhile other prompts go on.
"""

import logging
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections

from inference.engine.cache import MadeElsewhere
from inference.transport import metrics, worker
from inference.transport.messages import Ask

logger = logging.getLogger(__name__)

COMPANY_SECONDS = 0.005
BATCH = 64
MAX_QUEUED, PER_PROJECT, PER_PERSON = 512, 256, 8  # prompts that wait
MAX_AHEAD = 4096  # pictures to prepare
PATIENCE = 60.0  # seconds a prompt is worth anything
TELL_AFTER, TELL_EVERY = 1.0, 0.75  # seconds
LOOK_AGAIN = 0.05  # seconds between two looks at what another process is making
BUSY = "The assist is busy; draw by hand or try again."

Reply = Callable[[dict[str, Any]], None]
Key = tuple[str, str]


@dataclass
class Waiting:
    """A prompt, whom to tell, and since when it waits (monotonic seconds)."""

    ask: Ask
    reply: Reply
    since: float
    told: float = 0.0
    encoded: bool = False
    not_before: float = 0.0  # monotonic; until then another process is encoding its picture


class Engine:
    """Start it by giving it something to do; safe to call from any thread."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._asks: OrderedDict[Key, Waiting] = OrderedDict()
        self._working: list[Waiting] = []
        self._jobs: deque[Callable[[], None]] = deque()
        self._ahead: OrderedDict[str, None] = OrderedDict()
        self._decoding, self._encoding, self._busy_since = 0.02, 0.1, 0.0  # seconds of one batch, of one picture
        self._started = False

    def ask(self, ask: Ask, channel: str, reply: Reply) -> str | None:
        """Queue a prompt; None, or the reason why it was refused."""
        now = time.monotonic()
        with self._change:
            key = (channel, ask.assignment)
            if key in self._asks:
                metrics.DROPPED.labels("superseded").inc()
            elif reason := self._refusal(ask):
                metrics.DROPPED.labels("limit").inc()
                return reason
            self._asks[key] = Waiting(ask, reply, now)
            metrics.WAITING.set(len(self._asks))
            self._wake()
        return None

    def run(self, job: Callable[[], None]) -> None:
        """Do `job` when no prompt waits."""
        with self._change:
            self._jobs.append(job)
            self._wake()

    def prepare(self, file: str) -> None:
        """Make the picture's embedding when there is nothing else to do; forgotten when far too many wait."""
        with self._change:
            if len(self._ahead) < MAX_AHEAD:
                self._ahead[file] = None
                self._wake()

    def _refusal(self, ask: Ask) -> str | None:
        waiting = [w.ask for w in self._asks.values()]
        persons, projects = Counter(a.person for a in waiting), Counter(a.project for a in waiting)
        full = len(waiting) >= MAX_QUEUED or projects[ask.project] >= PER_PROJECT or persons[ask.person] >= PER_PERSON
        return BUSY if full else None

    def _wake(self) -> None:
        if not self._started:
            self._started = True
            for name, work in (("engine", self._run), ("engine-news", self._tell)):
                threading.Thread(target=work, name=name, daemon=True).start()
        self._change.notify_all()

    def _run(self) -> None:
        while True:
            try:
                self._once()
            except Exception:
                logger.exception("A job of the engine failed.")
            finally:
                connections.close_all()

    def _once(self) -> None:
        """Wait for work, do the most urgent piece of it."""
        with self._change:
            self._change.wait_for(lambda: self._asks or self._jobs or self._ahead)
            self._drop_stale()
            if self._asks:
                self._wait_for_company()
        at_hand = [key for key, w in list(self._asks.items()) if w.encoded or worker.at_hand(w.ask.file)][:BATCH]
        with self._change:
            batch = [w for key in at_hand if (w := self._asks.pop(key, None))]
            now = self._busy_since = time.monotonic()
            self._working = batch
            metrics.WAITING.set(len(self._asks))
            wanted = next((w for w in self._asks.values() if w.not_before <= now), None)
            job = self._jobs.popleft() if self._jobs and not (batch or wanted) else None
            ahead = self._ahead.popitem(last=False)[0] if self._ahead and not (batch or wanted or job) else None
            if not (batch or wanted or job or ahead):
                self._change.wait(LOOK_AGAIN)
        if batch:
            self._answer(batch)
        elif wanted:
            self._encode(wanted.ask.file)
        elif job:
            job()
        elif ahead:
            worker.prepare(ahead)

    def _drop_stale(self) -> None:
        oldest = time.monotonic() - PATIENCE
        for key in [key for key, w in self._asks.items() if w.since < oldest]:
            del self._asks[key]
            metrics.DROPPED.labels("late").inc()

    def _wait_for_company(self) -> None:
        until = next(iter(self._asks.values())).since + COMPANY_SECONDS
        while len(self._asks) < BATCH and (left := until - time.monotonic()) > 0:
            self._change.wait(left)

    def _answer(self, batch: list[Waiting]) -> None:
        messages = worker.replies_to([w.ask for w in batch])
        self._working = []
        self._decoding += 0.2 * (time.monotonic() - self._busy_since - self._decoding)
        for waiting, message in zip(batch, messages, strict=True):
            waiting.reply(message)

    def _encode(self, file: str) -> None:
        """Make the embedding that prompts wait for; if that cannot be, tell them all."""
        try:
            reason = worker.why_not_encoded(file)
        except MadeElsewhere:
            self._look_again(file)
            return
        self._encoding += 0.3 * (time.monotonic() - self._busy_since - self._encoding)
        with self._change:
            about = [(key, w) for key, w in self._asks.items() if w.ask.file == file]
            for key, waiting in about:
                waiting.encoded = True
                if reason:
                    del self._asks[key]
        if reason:
            for _, waiting in about:
                waiting.reply(worker.refusal(waiting.ask, reason))

    def _look_again(self, file: str) -> None:
        with self._change:
            for waiting in self._asks.values():
                if waiting.ask.file == file:
                    waiting.not_before = time.monotonic() + LOOK_AGAIN

    def _tell(self) -> None:
        while True:
            time.sleep(TELL_EVERY / 4)
            now = time.monotonic()
            with self._change:
                queue = [*self._working, *self._asks.values()]
                late = [(n, w) for n, w in enumerate(queue) if self._takes_long(w, now) and now - w.told > TELL_EVERY]
                news = [(w, worker.waiting(w.ask, n, self._estimate(queue[: n + 1], now))) for n, w in late]
            for waiting, message in news:
                waiting.told = now
                waiting.reply(message)

    def _takes_long(self, waiting: Waiting, now: float) -> bool:
        """It has waited long, or is sure to: whoever asks a second engine because the first is dead soon hears so."""
        to_encode = self._encoding > TELL_AFTER and not (waiting.encoded or waiting in self._working)
        return now - waiting.since > TELL_AFTER or (to_encode and not worker.at_hand(waiting.ask.file))

    def _estimate(self, until: list[Waiting], now: float) -> float:
        """Seconds until the last of these prompts is answered: batches of decoding, and pictures not yet encoded."""
        pictures = {w.ask.file for w in until if not w.encoded and not worker.at_hand(w.ask.file)}
        total = self._decoding * (1 + len(until) // BATCH) + self._encoding * len(pictures)
        return max(total - (now - self._busy_since), 0.1)


_engine = Engine()


def engine() -> Engine:
    """The engine of this process."""
    return _engine
