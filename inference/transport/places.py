"""Which engine processes there are, and which of them answers for a picture.

An engine process takes one of a few numbered places and consumes its queue, `gpu.<place>`; it keeps the place by saying
so in the shared cache a few times a second, so a dead one's is soon free. A picture belongs to the living
place that rendezvous hashing ranks first (Thaler and Ravishankar 1998): all its prompts and its preparation go where
its embedding is in memory, and when a process comes or goes only the pictures of that one move.

Should two processes hold one place, or a living one be taken for dead, nothing breaks: any engine answers any prompt.
"""

import functools
import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Iterable

from django.core.cache import cache

logger = logging.getLogger(__name__)

PLACES = 16
ALIVE_SECONDS = 2  # whole ones: Redis' cache backend knows no others; a busy machine's beats are late
BEAT_SECONDS = 0.25
KNOWN_SECONDS = 0.25  # that a web process goes by what it looked up


def queue(place: int) -> str:
    """The queue of a place."""
    return f"gpu.{place}"


def _key(place: int) -> str:
    return f"assist-place-{place}"


def ranked(file: str, places: Iterable[int]) -> list[int]:
    """`places`, the one that answers for the picture first."""
    return sorted(places, key=lambda place: hashlib.sha256(f"{place} {file}".encode()).digest())


class Living:
    """The places that are held now, as a web process sees them; looked up at most four times a second."""

    def __init__(self) -> None:
        self._known: list[int] = []
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def places(self) -> list[int]:
        """Raises what the cache's backend raises when it cannot be reached."""
        with self._lock:
            if time.monotonic() - self._looked_at > KNOWN_SECONDS:
                found = cache.get_many([_key(place) for place in range(PLACES)])
                self._known = [place for place in range(PLACES) if _key(place) in found]
                self._looked_at = time.monotonic()
            return self._known


living = Living()


class Place:
    """This process's place: taken once, kept by a thread, given up while something else keeps the process busy."""

    def __init__(self) -> None:
        self._present = threading.Event()
        self.number = self._first_free()

    def _first_free(self) -> int:
        """Takes the first free place; with all taken, one that is taken too, which only costs hits."""
        try:
            for place in range(PLACES):
                if cache.add(_key(place), 1, ALIVE_SECONDS):
                    return place
        except Exception as error:  # whichever the cache's backend has; the broker is not there either then
            logger.warning("No place could be asked for: %s", error)
        return secrets.randbelow(PLACES)

    def keep(self) -> None:
        """Start saying that the place is held."""
        self._present.set()
        threading.Thread(target=self._beat, name="assist-place", daemon=True).start()

    def leave(self) -> None:
        """The queue is about to stand still: soon prompts go elsewhere."""
        self._present.clear()

    def come_back(self) -> None:
        self._present.set()

    def _beat(self) -> None:
        while True:
            self._present.wait()
            try:
                cache.set(_key(self.number), 1, ALIVE_SECONDS)
            except Exception as error:  # Redis is gone; the next beat arrives when it is back
                logger.debug("The place could not be kept: %s", error)
            time.sleep(BEAT_SECONDS)


@functools.cache
def mine() -> Place:
    """The place of this engine process, taken at the first call."""
    return Place()
