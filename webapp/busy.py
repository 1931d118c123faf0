"""Signs of life of long jobs: of the workers that a job is handed to, one at a time carries it out.

They lie in the cache. Where that is away, or has forgotten them, two may work at one job, which jobs have to bear.
"""

import logging

from django.core.cache import cache

logger = logging.getLogger(__name__)

SECONDS = 300  # after its last sign of life a worker is taken for dead


def take(job: str) -> bool:
    """Whether this worker may carry `job` out: nobody has shown life at it lately, or nobody can tell."""
    try:
        return bool(cache.add(_key(job), True, SECONDS))
    except Exception as error:  # whichever the cache's backend has
        logger.warning("Nobody can tell whether %s is in other hands: %s", job, error)
        return True


def show_life(job: str) -> None:
    try:
        cache.set(_key(job), True, SECONDS)
    except Exception as error:
        logger.warning("No life could be shown at %s: %s", job, error)


def let_go(job: str) -> None:
    try:
        cache.delete(_key(job))
    except Exception as error:
        logger.warning("The hold on %s ends by itself: %s", job, error)


def _key(job: str) -> str:
    return f"busy-{job}"
