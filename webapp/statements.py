"""Hand-written SQL for the volunteer loop, one text for both databases (docs/adr/0011).

Django's query compiler takes longer over statements this small than the database does. Everywhere else the ORM is
the way to talk to the database.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper


class Statement:
    """SQL with `%s` for its parameters, which may be UUIDs, aware datetimes, dicts (JSON), text, numbers and None.

    `returns`: the Python type of each column asked for, UUID, datetime or bool where it is one: SQLite has no such
    types; dict for JSON.
    """

    def __init__(self, sql: str, *, returns: Sequence[type] = ()) -> None:
        self.sql = " ".join(sql.split())
        self._json = [(at, json.loads) for at, kind in enumerate(returns) if kind is dict]
        self._sqlite = [(at, _FROM_SQLITE[kind]) for at, kind in enumerate(returns) if kind in _FROM_SQLITE]

    def begin(self, *parameters: Any) -> CursorWrapper:
        """Send it; `rows_of` waits for what it returns. Inside `pipelined` several are under way at once."""
        cursor = connection.cursor()
        cursor.execute(self.sql, [_bound(value) for value in parameters])
        return cursor

    def rows_of(self, cursor: CursorWrapper) -> list[tuple[Any, ...]]:
        """What the statement begun with `cursor` returns; closes the cursor."""
        with cursor:
            rows = cursor.fetchall()
        converted = self._json + ([] if connection.vendor == "postgresql" else self._sqlite)
        return [_read(row, converted) for row in rows] if converted else rows

    def rows(self, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.rows_of(self.begin(*parameters))

    def run(self, *parameters: Any) -> int:
        """Number of rows it changed."""
        with self.begin(*parameters) as cursor:
            return int(cursor.rowcount)


def _read(row: tuple[Any, ...], converted: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for at, read in converted:
        if values[at] is not None:
            values[at] = read(values[at])
    return tuple(values)


@contextmanager
def pipelined() -> Iterator[None]:
    """Statements begun in this block go to PostgreSQL without waiting for one another; errors come at its end."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


# Of times the driver itself makes datetimes, without a zone.
_FROM_SQLITE: dict[type, Any] = {UUID: UUID, datetime: lambda naive: naive.replace(tzinfo=UTC), bool: bool}


def _bound(value: Any) -> Any:
    if isinstance(value, dict):
        return connection.ops.adapt_json_value(value, None)
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
