"""A production-like site for a benchmark: PostgreSQL, four web processes behind the blind role, one worker."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from webapp.config.benchmarks.seed import seed

ROOT = Path(__file__).resolve().parents[3]
DATABASE = "goldvein_benchmark"
PLAY_ROLE = "goldvein_benchmark_play"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Site:
    """Addresses and process ids of the running parts."""

    port: int
    database_url: str
    web_pid: int
    worker_pid: int
    environment: dict[str, str]

    def cpu_seconds(self) -> dict[str, float]:
        """CPU seconds used so far: web processes, worker, database backends of this site."""
        with psycopg.connect(self.database_url) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [DATABASE]).fetchall()
        return {
            "web": sum(_cpu(p) for p in _tree(self.web_pid)),
            "worker": sum(_cpu(p) for p in _tree(self.worker_pid)),
            "database": sum(_cpu(row[0]) for row in rows),
        }


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _tree(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += _tree(int(child))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _with(url: str, *, name: str, user: str | None = None) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else parts.netloc, path=f"/{name}"))


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _web(server: str, port: int, processes: int, threads: int) -> list[str]:
    """The command that serves the volunteer tier."""
    if server == "asgi":
        where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(processes)]
        quiet = ["--log-level", "warning", "--no-access-log", "--lifespan", "off"]
        return [sys.executable, "-m", "uvicorn", "webapp.config.asgi:application", *where, *quiet]
    where = ["-b", f"127.0.0.1:{port}", "-w", str(processes), "-k", "gthread", "--threads", str(threads)]
    others = ["--keep-alive", "30", "--preload", "--log-level", "warning"]
    return [sys.executable, "-m", "gunicorn", "webapp.config.wsgi", *where, *others]


@contextlib.contextmanager
def running_site(
    server_url: str, redis_url: str, *, tasks: int, server: str = "wsgi", processes: int = 4, threads: int = 4
) -> Iterator[Site]:
    """A fresh database with `tasks` tasks, and everything that serves it; all gone afterwards.

    `server`: "wsgi" (gunicorn, `threads` to a process) or "asgi" (uvicorn).
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with (
        tempfile.TemporaryDirectory(prefix="goldvein-benchmark-", ignore_cleanup_errors=True) as home,
        contextlib.ExitStack() as stack,
    ):
        database_url, password = _with(server_url, name=DATABASE), secrets.token_hex(8)
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GOLDVEIN_")},
            "GOLDVEIN_HOME": home,
            "GOLDVEIN_DATABASE_URL": database_url,
            "GOLDVEIN_REDIS_URL": redis_url,
            "GOLDVEIN_THROTTLE": "off",
            "GOLDVEIN_ROLE": "worker",
            "PLAY_PASSWORD": password,
        }
        manage(environment, "migrate", "-v", "0")
        manage(environment, "grant_play_role", PLAY_ROLE, "--create", "--password-env", "PLAY_PASSWORD")
        seed(database_url, Path(home), tasks=tasks)
        play = {
            **environment,
            "GOLDVEIN_ROLE": "play",
            "GOLDVEIN_DATABASE_URL": _with(database_url, name=DATABASE, user=f"{PLAY_ROLE}:{password}"),
        }
        port = free_port()
        worker = stack.enter_context(_running([sys.executable, "manage.py", "work"], environment))
        web = stack.enter_context(_running(_web(server, port, processes, threads), play))
        _wait_for(port)
        yield Site(port, database_url, web, worker, environment)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


def _wait_for(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"The benchmark's web server did not answer on port {port} within 30 s.")
