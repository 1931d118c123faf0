import pytest
from django_vite.core.asset_loader import DjangoViteAssetLoader

from tests import counters
from tests.integration.staff.office import Office


@pytest.fixture(autouse=True)
def _pages_without_a_build(settings, monkeypatch):
    settings.DJANGO_VITE = {"default": {"dev_mode": True}}
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)
    counters.fresh(monkeypatch)


@pytest.fixture
def office(db, settings) -> Office:
    return Office()
