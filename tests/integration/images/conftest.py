from pathlib import Path

import pytest

from webapp.projects.models import Project
from webapp.projects.services import create_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is imported; the state folder lies beside it."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def project(db) -> Project:
    return create_project(by=None, title="Cells", kind="class", prompt="Which cell is this?")


@pytest.fixture
def organs(db) -> Project:
    return create_project(by=None, title="Organs", kind="mask", prompt="Outline it.", labels=["Liver", "Spleen"])
