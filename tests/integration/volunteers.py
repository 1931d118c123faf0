"""For rooms whose tests play as volunteers do: limits counted anew, the wall up, a site with something to play."""

import pytest

from tests import counters
from tests.integration import behind_the_wall
from tests.integration.api.site import Site


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch):
    counters.fresh(monkeypatch)


@pytest.fixture(autouse=True)
def _wall(db, play_role, monkeypatch):
    behind_the_wall.put_up(monkeypatch)


@pytest.fixture
def site(db) -> Site:
    return Site()
