"""The engines' figures for the staff's page, honest about several processes.

Counters live in the process that counts, so each engine process leaves its own in the shared cache every few seconds;
the page shows a row a process, and says which of them have fallen silent.
"""

import logging
import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.samples import Sample

from inference.transport import metrics, places

logger = logging.getLogger(__name__)

TELL_SECONDS = 2.0
SILENT_AFTER = 10.0  # seconds
KEPT_SECONDS = 24 * 3600
EMBEDDED = "site"  # the engine of role `all`, which has no place
_started_at = time.time()


@dataclass(frozen=True)
class Spread:
    """How something measured is spread: how often, its mean, and the limit that 95 % stay below (None: above all)."""

    count: int
    mean: float
    below: float | None


@dataclass(frozen=True)
class Figures:
    """What one engine process has done since it started; times in seconds, `told_at` and `started_at` since 1970."""

    process: str
    host: str
    started_at: float
    told_at: float
    waiting: int
    encode: Spread
    decode: Spread
    batch: Spread
    answers: dict[str, int]
    embeddings: dict[str, int]
    dropped: dict[str, int]

    @property
    def started(self) -> datetime:
        return datetime.fromtimestamp(self.started_at, UTC)

    @property
    def told(self) -> datetime:
        return datetime.fromtimestamp(self.told_at, UTC)

    @property
    def silent(self) -> bool:
        """Gone, or stuck."""
        return time.time() - self.told_at > SILENT_AFTER

    @property
    def hit_rate(self) -> float | None:
        """Share of embeddings that were at hand when they were asked for."""
        asked = sum(self.embeddings.values())
        return self.embeddings.get("at hand", 0) / asked if asked else None


def _samples(metric: MetricWrapperBase, ending: str) -> Iterator[Sample]:
    return (s for family in metric.collect() for s in family.samples if s.name.endswith(ending))


def _by_label(counter: Counter) -> dict[str, int]:
    return {next(iter(s.labels.values())): int(s.value) for s in _samples(counter, "_total")}


def _spread(histogram: Histogram) -> Spread:
    count = int(next(_samples(histogram, "_count")).value)
    total = next(_samples(histogram, "_sum")).value
    if not count:
        return Spread(0, 0.0, None)
    limits = [(float(s.labels["le"]), s.value) for s in _samples(histogram, "_bucket")]
    below = next(limit for limit, within in limits if within >= 0.95 * count)
    return Spread(count, total / count, below if math.isfinite(below) else None)


def of_this_process(name: str) -> Figures:
    """The figures of this very process, under the name that it has among the engines."""
    return Figures(
        process=name,
        host=f"{socket.gethostname()}, {os.getpid()}",
        started_at=_started_at,
        told_at=time.time(),
        waiting=int(next(_samples(metrics.WAITING, "")).value),
        encode=_spread(metrics.ENCODE_SECONDS),
        decode=_spread(metrics.DECODE_SECONDS),
        batch=_spread(metrics.BATCH_SIZE),
        answers=_by_label(metrics.ANSWERS),
        embeddings=_by_label(metrics.EMBEDDINGS),
        dropped=_by_label(metrics.DROPPED),
    )


def tell(name: str) -> None:
    """Leave this process's figures where the staff's page finds them."""
    cache.set(f"assist-figures-{name}", asdict(of_this_process(name)), KEPT_SECONDS)


def keep_telling(name: str) -> None:
    """Do so every few seconds, for as long as this process lives."""

    def go_on() -> None:
        while True:
            try:
                tell(name)
            except Exception as error:  # whichever the cache's backend has; the next one arrives when it is back
                logger.debug("Figures could not be told: %s", error)
            time.sleep(TELL_SECONDS)

    threading.Thread(target=go_on, name="assist-figures", daemon=True).start()


def of_all_processes() -> list[Figures]:
    """What the engines told last; those that fell silent are among them for a day."""
    names = [EMBEDDED, *(places.queue(place) for place in range(places.PLACES))]
    told: dict[str, dict[str, Any]] = cache.get_many([f"assist-figures-{name}" for name in names])
    return [_figures(values) for values in told.values()]


def _figures(values: dict[str, Any]) -> Figures:
    spreads = {key: Spread(**values[key]) for key in ("encode", "decode", "batch")}
    return Figures(**(values | spreads))
