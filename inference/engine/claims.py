"""Who makes what, between processes: a claim is one locked byte of one file (POSIX record locks, also over NFS 4).

The kernel takes the locks of a process that dies, however it dies, so nobody waits for the dead. Two keys share a byte
once in 2^60; then one waits for the other, no more. Threads of one process do not exclude one another.
"""

import errno
import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)


class Claims:
    """Claims on keys in `folder`/claims; one object a process and folder, for closing the file gives up all claims."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "claims"
        self._file: int | None = None

    @contextmanager
    def hold(self, key: str, *, wait: bool) -> Iterator[bool]:
        """Claim `key` for as long as the context lasts; yields False if another process has it and `wait` is False.

        Where the folder cannot lock, it is logged and everybody may go on: things are then made twice, not never.
        """
        where = int(hashlib.sha256(key.encode()).hexdigest()[:15], 16)
        mine = self._lock(where, wait)
        try:
            yield mine is not False
        finally:
            if mine and self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, where)

    def _lock(self, where: int, wait: bool) -> bool | None:
        """True: locked; False: another process has it; None: there is no locking here."""
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.lockf(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, where)
        except OSError as error:
            if not wait and error.errno in (errno.EACCES, errno.EAGAIN) and self._file is not None:
                return False
            logger.warning("%s cannot be locked: %s", self._path, error)
            return None
        return True
