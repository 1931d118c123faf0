"""The allow-list under SQLite: an authorizer that answers for every table and column a statement touches."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from webapp.config.blind.allowlist import ALLOWED

_FREE = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_RECURSIVE,
}


def _may_insert(table: str) -> bool:
    return table in ALLOWED and bool(ALLOWED[table].insert)


@cache
def _scanned_keys() -> frozenset[tuple[str, str]]:
    """Foreign keys of hidden tables that point to tables the tier may insert into.

    SQLite's deferred constraints look through them whenever such a row is inserted, and ask for leave like anybody.
    They read as NULL here: the constraint rightly finds no child of a row that is only just made, and nobody a value.
    """
    return frozenset(
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model._meta.db_table not in ALLOWED
        for field in model._meta.local_concrete_fields
        if field.column and field.related_model and _may_insert(field.related_model._meta.db_table)
    )


def authorize(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """SQLite's callback: for reads and updates `first` is the table and `second` the column."""
    if action in _FREE:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:
        # Asking for the schema tells nothing; setting anything is refused.
        return sqlite3.SQLITE_OK if second is None else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_READ and (first, second) in _scanned_keys():
        return sqlite3.SQLITE_IGNORE
    access = ALLOWED.get(first or "")
    if access is None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_READ:
        # An empty column stands for count(*) and the like, which read no column.
        return sqlite3.SQLITE_OK if second == "" or second in access.select else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE:
        return sqlite3.SQLITE_OK if second in access.update else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_INSERT:
        return sqlite3.SQLITE_OK if access.insert else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_DELETE:
        return sqlite3.SQLITE_OK if access.delete else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


@contextmanager
def blind(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Run the block with `connection` behind the allow-list; nothing happens on other databases."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    raw.set_authorizer(authorize)  # also makes SQLite prepare its cached statements again, under the guard
    try:
        yield
    finally:
        if connection.connection is raw:
            raw.set_authorizer(None)
