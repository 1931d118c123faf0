"""Lets volunteers' requests of a test run under PostgreSQL's restricted role, as they do in production (I1).

Under SQLite the guard on the connection does so anyway; here the same middleware switches the role instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.players import play_role


@contextmanager
def _as_role(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{role}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def put_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every volunteers' request run as the role that the fixture `play_role` made."""
    if connection.vendor == "postgresql":
        monkeypatch.setattr("webapp.config.blind.middleware.blind", lambda connection: _as_role(play_role()))
