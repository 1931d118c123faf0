"""One address in, one Django database entry out."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def database_from_url(url: str, home: Path) -> dict[str, Any]:
    """`postgres://user:password@host:port/name`, `sqlite:///path`, or empty: SQLite in `home`."""
    parts = urlsplit(url or f"sqlite:///{home / 'goldvein.sqlite3'}")
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            # A pool in each process: under ASGI every request runs in a thread of its own, whose connection would stay
            # open for ever. The same few statements come again and again: planned once a connection, then only run.
            # (A pooler between site and database must keep sessions apart, since prepared statements live in one.)
            "OPTIONS": {
                "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
                "server_side_binding": True,
                "prepare_threshold": 3,
            },
        }
    if parts.scheme == "sqlite":
        # WAL: readers never wait for the one writer. IMMEDIATE: a writer waits its turn at BEGIN instead of
        # failing half way. synchronous=FULL: an acknowledged answer survives a power cut, not only a kill (I8).
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:] if parts.path.startswith("//") else parts.path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    raise SystemExit(
        f"GOLDVEIN_DATABASE_URL must start with postgres:// or sqlite:///; it starts with {parts.scheme!r}."
    )
