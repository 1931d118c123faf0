"""When there is no room left: one sentence, and the job that met it can go on later."""

import errno

_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: BaseException) -> bool:
    """Whether this is what the system says when a disk, or one's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL
