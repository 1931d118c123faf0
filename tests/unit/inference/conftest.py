"""A Sam small enough to run in every test."""

import pytest

from tests.unit.inference.tiny import tiny_sam


@pytest.fixture(scope="session")
def tiny():
    return tiny_sam()
