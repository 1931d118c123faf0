"""Lets volunteers' requests of a test run under PostgreSQL's restricted role, as they do in production (I1).

Under SQLite the guard on the connection does so anyway; here the same middleware switches the role instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from webapp.config.blind.postgres import create_statements, grant_statements


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
    """Make the role within the test's own transaction, and every volunteers' request run as it."""
    if connection.vendor != "postgresql":
        return
    role = f"play_of_{connection.settings_dict['NAME']}"
    with connection.cursor() as cursor:
        for statement in [*create_statements(role, None), *grant_statements(role)]:
            cursor.execute(statement)
    monkeypatch.setattr("webapp.config.blind.middleware.blind", lambda connection: _as_role(role))
