"""How often something may happen: one counter in the cache for each window of time."""

import logging
import time
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

logger = logging.getLogger(__name__)

AWAY_SECONDS = 10.0  # that a cache which did not answer is left alone: whoever asks it may wait for a while
_away_until = 0.0  # monotonic


@dataclass(frozen=True)
class Limit:
    """At most `per_minute` requests a minute of one person to everything that shares `scope`.

    People who are nobody yet share what their address has: a whole class may sit behind one.
    """

    scope: str
    per_minute: int


# What pages and API both offer; the two are counted together.
JOIN = Limit("join", 120)
DATA = Limit("data", 6)
TEAM = Limit("team", 10)


def wait_of(limit: Limit, request: HttpRequest, *, person: Any) -> int:
    """Count one more request of `person` (None: nobody yet). 0 if within the limit, else the seconds to wait.

    Where the cache is away nobody is counted: answers need the database alone, and people play on.
    """
    global _away_until
    if not settings.THROTTLE or monotonic() < _away_until:
        return 0
    who = address_of(request) if person is None else person.pk
    try:
        return hit(f"{limit.scope}:{who}", limit=limit.per_minute, seconds=60)
    except Exception as error:  # whichever the cache's backend has
        logger.warning("Requests cannot be counted, so none is refused for a while: %s", error)
        _away_until = monotonic() + AWAY_SECONDS
        return 0


def address_of(request: HttpRequest) -> str:
    """Where a request came from, by the word of the outermost of the `settings.PROXIES` that stand before the site.

    What a header says beyond those was written by whoever sent the request, and counts for nothing.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if settings.PROXIES and hops != [""]:
        return hops[-min(settings.PROXIES, len(hops))].strip()
    return request.META.get("REMOTE_ADDR", "")


def hit(key: str, *, limit: int, seconds: int) -> int:
    """Count one more of `key`. 0 if within `limit` a window of `seconds`, else the seconds until the next.

    Raises what the cache's backend raises when it cannot be reached.
    """
    now = time.time()
    window = int(now // seconds)
    name = f"limit:{key}:{window}"
    if cache.add(name, 1, timeout=seconds + 1):
        return 0 if limit >= 1 else _rest(now, seconds)
    try:
        count = cache.incr(name)
    except ValueError:  # the cache dropped it in between
        return 0
    return 0 if count <= limit else _rest(now, seconds)


def _rest(now: float, seconds: int) -> int:
    return max(1, seconds - int(now % seconds))
