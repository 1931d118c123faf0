"""I8, nothing lost: killed at any moment, everything acknowledged is there and nothing counts twice.
I9, no over-collection: whatever happens at once, answers and held places never exceed a task's target."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

pytestmark = [pytest.mark.kill, pytest.mark.timeout(180)]

KILLS = 14
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """Address of an empty database of the kind that the suite runs on."""
    url = os.environ.get("GOLDVEIN_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield f"sqlite:///{tmp_path}/killed.sqlite3"
        return
    name = f"goldvein_killed_{uuid4().hex[:12]}"
    default = settings.DATABASES["default"]
    server = {"host": default["HOST"], "port": default["PORT"] or None, "user": default["USER"] or None}
    with psycopg.connect(**server, password=default["PASSWORD"] or None, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield url.rsplit("/", 1)[0] + f"/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Stage:
    """Starts actors on a database, and kills them."""

    def __init__(self, database: str, folder: Path) -> None:
        environment = {**os.environ, "GOLDVEIN_DATABASE_URL": database, "GOLDVEIN_HOME": str(folder)}
        self.errors = folder / "errors.txt"
        self.house = subprocess.Popen(
            [sys.executable, "-m", "tests.contracts.actors"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w"),
            text=True,
        )
        self.running: dict[str, int] = {}
        self.logs: dict[str, Path] = {}
        self.lines: dict[str, int] = {}

    def ask(self, *command: str) -> Any:
        assert self.house.stdin
        assert self.house.stdout
        self.house.stdin.write(" ".join(command) + "\n")
        self.house.stdin.flush()
        reply = self.house.stdout.readline()
        assert reply, self.told()
        return json.loads(reply)

    def start(self, name: str, role: str, log: Path, *arguments: str) -> None:
        self.logs[name] = log
        self.lines[name] = self.count(name)
        self.running[name] = self.ask("start", role, str(log), *arguments)

    def count(self, name: str) -> int:
        log = self.logs[name]
        return len(log.read_text().split()) if log.exists() else 0

    def wait_for(self, name: str, lines: int) -> None:
        """Until the actor has noted so many lines since it started."""
        while self.count(name) < self.lines[name] + lines:
            time.sleep(0.02)

    def told(self) -> str:
        return self.errors.read_text()[-2000:]

    def kill(self, name: str) -> None:
        os.kill(self.running.pop(name), signal.SIGKILL)

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self.house.kill()
        self.house.wait(20)


@pytest.fixture
def stage(database: str, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(database, tmp_path)
    yield stage
    stage.close()


def test_i8_i9_nothing_is_lost_and_nothing_collected_twice(stage: Stage, tmp_path: Path):
    stage.ask("run", "setup")
    chance = random.Random(8)
    logs = [tmp_path / f"acknowledged-{number}" for number in range(2)]
    casts = {
        "worker": ("worker", tmp_path / "turns"),
        **{f"player {n}": ("player", log, str(n)) for n, log in enumerate(logs)},
    }
    for name, arguments in casts.items():
        stage.start(name, *arguments)
    for _ in range(KILLS):
        victim = chance.choice(["worker", "worker", "player 0", "player 1"])
        stage.wait_for(victim, chance.randint(1, 3 if victim == "worker" else 15))
        time.sleep(chance.uniform(0, 0.3))
        stage.kill(victim)
        stage.start(victim, *casts[victim])
    for name in casts:
        stage.wait_for(name, 1)
        stage.kill(name)
    stage.ask("run", "finish")
    found = stage.ask("run", "report")
    acknowledged = {line for log in logs for line in log.read_text().split()}
    assert len(acknowledged) > 50
    assert acknowledged <= set(found["annotations"])
    assert found["ungraded"] == 0
    assert found["grades"] == len(found["annotations"])
    assert found["counted_in_grades"] == found["counted_in_states"]
    assert found["states_that_differ"] == found["held_that_differ"] == 0
    assert found["over_target"] == found["seen_twice"] == 0
    assert found["reservations"] == 0
    assert found["rounds_not_of_ten"] == 0
    assert found["rounds"] == found["scores"] > 0
    assert found["learnt_once"]
