import pytest
from django.core.cache import cache

from tests.integration import behind_the_wall
from tests.integration.api.site import Site


@pytest.fixture(autouse=True)
def _fresh_counters():
    """Requests of an earlier test do not count against the limits of this one."""
    cache.clear()


@pytest.fixture(autouse=True)
def _wall(db, monkeypatch):
    behind_the_wall.put_up(monkeypatch)


@pytest.fixture
def site(db) -> Site:
    return Site()
