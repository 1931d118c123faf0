"""What every test may count on: a state folder of its own, real images where they are, a fixed cast of people."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings

# The same examples in every run, however slow the machine is: what fails here fails everywhere.
hypothesis.settings.register_profile(
    "goldvein",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("goldvein")

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("PICTURES", "ORIGINALS", "UPLOADS", "EXPORTS", "MODELS")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("GOLDVEIN_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"Real images are not at {folder}; set GOLDVEIN_REAL_DATA to where they are.")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State goes to a folder of the test's own, never to the checkout's."""
    folder = tmp_path / "home"
    monkeypatch.setattr(django_settings, "HOME", folder)
    for name in FOLDERS:
        monkeypatch.setattr(django_settings, name, folder / name.lower())
        (folder / name.lower()).mkdir(parents=True)
    (folder / "static").mkdir()
    monkeypatch.setattr(django_settings, "STATIC_ROOT", folder / "static")
    return folder


@pytest.fixture(autouse=True)
def own_cache(settings: Any) -> None:
    """Nothing of an earlier test, or of another process on the same Redis, is found; nothing of theirs is cleared."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A strong hash is slow on purpose, and no test is about it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def play_role(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The restricted role of the volunteer tier, made once: its hundreds of privileges take longer than most tests."""
    from django.db import connection

    from tests import players

    with django_db_blocker.unblock():
        players.make_play_role()
    yield
    with django_db_blocker.unblock():
        players.drop_play_role()
        if connection.vendor == "postgresql":
            connection.close()


@pytest.fixture
def wall(db: None, play_role: None) -> None:
    """For tests that play through `tests.players`."""


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes to a project are seen at once, and a request costs the same however soon it follows another."""
    from webapp.projects import remembered

    monkeypatch.setattr(remembered, "SECONDS", -1.0)


@pytest.fixture(autouse=True)
def fresh_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test meets a worker that has just started: what it remembers between two ticks is gone."""
    from quality.store import dealing, grading, lookbacks, reliability, scoring, weighing
    from quality.store.clock import Clock
    from quality.store.pace import Pace
    from quality.store.spares import Spares

    monkeypatch.setattr(dealing, "_spares", Spares())
    monkeypatch.setattr(dealing, "_pace", Pace())
    monkeypatch.setattr(grading, "_sweep", Clock(grading.SWEEP_EVERY))
    monkeypatch.setattr(grading, "_refresh", Clock(grading.REFRESH_EVERY))
    monkeypatch.setattr(grading, "_changed", set())
    monkeypatch.setattr(scoring, "_sweep", Clock(600.0))
    monkeypatch.setattr(lookbacks, "_sweep", Clock(3600.0))
    monkeypatch.setattr(reliability, "_priors", {})
    monkeypatch.setattr(weighing, "_class_priors", {})
