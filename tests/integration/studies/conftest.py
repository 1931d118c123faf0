import pytest
from django_vite.core.asset_loader import DjangoViteAssetLoader

from tests.integration import behind_the_wall


@pytest.fixture(autouse=True)
def _pages_without_a_build(settings, monkeypatch):
    settings.DJANGO_VITE = {"default": {"dev_mode": True}}
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)


@pytest.fixture
def wall(db, play_role, monkeypatch):
    """Everything that volunteers ask for runs with the volunteer tier's own rights."""
    behind_the_wall.put_up(monkeypatch)
