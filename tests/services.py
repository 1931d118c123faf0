"""PostgreSQL and Redis for the tests: named by the environment, else on the standard ports, else private ones."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis


@dataclass
class Services:
    """Addresses (None: could not be had, `missing` says why) and how to stop what was started."""

    database_url: str | None = None
    redis_url: str | None = None
    missing: list[str] = field(default_factory=list)
    stop: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


def find() -> Services:
    services = Services()
    services.database_url = _first(
        services,
        "PostgreSQL",
        "GOLDVEIN_TEST_DATABASE_URL",
        _postgres_answers,
        ["postgres://postgres@127.0.0.1:5432/postgres"],
        _private_postgres,
    )
    services.redis_url = _first(
        services, "Redis", "GOLDVEIN_TEST_REDIS_URL", _redis_answers, ["redis://127.0.0.1:6379/9"], _private_redis
    )
    return services


def _first(
    services: Services,
    name: str,
    variable: str,
    answers: Callable[[str], bool],
    standard: list[str],
    private: Callable[[contextlib.ExitStack], str | None],
) -> str | None:
    named = os.environ.get(variable)
    for url in [named] if named else standard:
        if answers(url):
            return url
    if named:
        services.missing.append(f"{name}: {variable} is set but does not answer.")
        return None
    url = private(services.stop)
    if url is None:
        services.missing.append(f"{name}: not on its standard port, and no installed server to start; set {variable}.")
    return url


def _postgres_answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=3):
            return True
    except psycopg.Error:
        return False


def _redis_answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url, socket_connect_timeout=3).ping())
    except redis.RedisError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(answers: Callable[[str], bool], url: str) -> str | None:
    for _ in range(100):
        if answers(url):
            return url
        time.sleep(0.1)
    return None


def _private_redis(stop: contextlib.ExitStack) -> str | None:
    binary = shutil.which("redis-server")
    if binary is None:
        return None
    port = _free_port()
    process = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    stop.callback(process.wait, 10)
    stop.callback(process.terminate)
    return _wait(_redis_answers, f"redis://127.0.0.1:{port}/0")


def _private_postgres(stop: contextlib.ExitStack) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        return None
    as_user: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="goldvein-postgres-"))
    stop.callback(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        try:
            shutil.chown(folder, "postgres")
        except LookupError:
            return None
        as_user = ["runuser", "-u", "postgres", "--"]
    data, port = folder / "data", _free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if subprocess.run([*as_user, initdb, "-D", data, "-U", "postgres", "-A", "trust"], check=False, **quiet).returncode:
        return None
    server = Path(initdb).with_name("postgres")
    process = subprocess.Popen(
        [*as_user, server, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"], **quiet
    )
    stop.callback(process.wait, 20)
    stop.callback(process.terminate)
    return _wait(_postgres_answers, f"postgres://postgres@127.0.0.1:{port}/postgres")
