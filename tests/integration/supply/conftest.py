import json
from pathlib import Path
from typing import Any

import pytest
from django_vite.core.asset_loader import DjangoViteAssetLoader

from quality.store.clock import Clock
from quality.supply import clock, making, recipes
from tests.integration.supply.lab import LEVELS, Generator


@pytest.fixture(autouse=True)
def _fresh_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_look", Clock(clock.LOOK_EVERY))
    monkeypatch.setattr(clock, "_asked", Clock(300.0))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few pictures and sources are enough to judge by, and to ask for."""
    monkeypatch.setattr(making, "ENOUGH_PICTURES", 6)
    monkeypatch.setattr(making, "ENOUGH_SOURCES", 3)
    monkeypatch.setitem(recipes.RANGES, "size", (4, 5000))


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Generator:
    found = Generator()
    monkeypatch.setattr("quality.supply.process.run", found)
    return found


@pytest.fixture
def checkpoint(home: Path) -> str:
    """The name of a model of dark and light squares, as far as a recipe looks at it."""
    folder = home / "models" / "squares"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"classes": sorted(LEVELS)}))
    return "squares"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Batches that makers were asked for; the broker loses every message."""
    from quality.supply.tasks import make_batch

    ids: list[int] = []
    monkeypatch.setattr(make_batch, "delay", ids.append)
    return ids


@pytest.fixture
def _pages_without_a_build(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DJANGO_VITE = {"default": {"dev_mode": True}}
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)
