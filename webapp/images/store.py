"""The picture store (served, random names) and the store of originals (kept for export).

Written whole or not at all, and with one fixed time stamp: neither name, order nor date tells what a picture is (I2).
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction

NAME = re.compile(r"[0-9a-f]{32}\.webp")
SAME_TIME = 946_684_800  # 1 January 2000
_NOTE = "writing-"


def picture_path(name: str) -> Path:
    """Where a served picture lies; spread over 256 folders by its random name. `name` must match `NAME`."""
    return settings.PICTURES / name[:2] / name


def original_path(name: str) -> Path:
    return settings.ORIGINALS / name


def new_name() -> str:
    """A random name for a picture that is about to be written."""
    return f"{secrets.token_hex(16)}.webp"


@contextmanager
def writing(names: list[str]) -> Iterator[None]:
    """The block writes pictures of these names and then their rows; whatever goes wrong leaves no picture without one.

    If the block raises, the files go at once. If the process dies, or a transaction around the block is rolled back,
    the note made here stays, and `abandoned` finds it; it is locked until the rows are committed.
    """
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    note = settings.UPLOADS / f"{_NOTE}{secrets.token_hex(8)}"
    with ExitStack() as stack:
        file = stack.enter_context(open(note, "w"))
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("\n".join(names))
        file.flush()
        os.fsync(file.fileno())
        try:
            yield
        except BaseException:
            remove_pictures(names)
            note.unlink()
            raise
        stack.callback(note.unlink)
        # The lock lives as long as this: until the commit, or until a rollback forgets it.
        transaction.on_commit(stack.pop_all().close)


def abandoned() -> Iterator[tuple[Path, list[str]]]:
    """Notes of writers that died: (note, names of pictures they may have written). Living ones hold a lock."""
    for note in settings.UPLOADS.glob(f"{_NOTE}*"):
        try:
            with open(note) as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                names = [name for name in file.read().split("\n") if NAME.fullmatch(name)]
        except (FileNotFoundError, BlockingIOError):
            continue
        yield note, names


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, even after a power cut, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.utime(temporary, (SAME_TIME, SAME_TIME))
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_pictures(names: Iterable[str]) -> None:
    for name in names:
        picture_path(name).unlink(missing_ok=True)


def salt() -> bytes:
    """The secret that patient identifiers are hashed with; made once, never leaves the store of originals."""
    path = settings.ORIGINALS / ".salt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.with_name(f".salt.{secrets.token_hex(4)}")
        with open(os.open(mine, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(mine, path)  # fails where another process was faster: its salt counts
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_bytes()
