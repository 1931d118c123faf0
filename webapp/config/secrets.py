"""Secret keys. From the environment in production; the embedded default makes one and keeps it in its folder."""

import contextlib
import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def secret_key(home: Path, role: str) -> str:
    """`GOLDVEIN_SECRET_KEY`, else the key kept in `home`. The play tier has a key of its own (I1)."""
    given = os.environ.get("GOLDVEIN_SECRET_KEY")
    if given:
        return given
    file = home / f"secret-key-{'play' if role == 'play' else 'site'}"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        mine = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                out.write(get_random_secret_key())
            # There whole or not at all; of two processes that start at once, one makes the key and the other reads it.
            with contextlib.suppress(FileExistsError):
                os.link(mine, file)
        finally:
            mine.unlink(missing_ok=True)
    return file.read_text()
