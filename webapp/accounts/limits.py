"""How often something may happen: one counter in the cache for each window of time."""

import time

from django.core.cache import cache


def hit(key: str, *, limit: int, seconds: int) -> int:
    """Count one more of `key`. 0 if within `limit` a window of `seconds`, else the seconds until the next."""
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
