"""What the loop keeps in mind for a moment."""

import pytest

from webapp.projects import remembered
from webapp.projects.remembered import Remembered


@pytest.fixture
def loads() -> list[str]:
    return []


@pytest.fixture
def cells(loads):
    def load(slug: str) -> str | None:
        loads.append(slug)
        return slug.upper() if slug == "cells" else None

    return Remembered[str, str](load)


def test_it_is_loaded_once_in_a_while(cells, loads, monkeypatch):
    monkeypatch.setattr(remembered, "SECONDS", 3600.0)
    assert [cells("cells"), cells("cells")] == ["CELLS", "CELLS"]
    assert loads == ["cells"]


def test_after_that_while_a_change_is_seen(cells, loads, monkeypatch):
    monkeypatch.setattr(remembered, "SECONDS", -1.0)
    assert [cells("cells"), cells("cells")] == ["CELLS", "CELLS"]
    assert loads == ["cells", "cells"]


def test_what_is_not_there_is_looked_for_every_time(cells, loads, monkeypatch):
    monkeypatch.setattr(remembered, "SECONDS", 3600.0)
    assert [cells("liver"), cells("liver")] == [None, None]
    assert loads == ["liver", "liver"]
