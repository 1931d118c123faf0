"""The allow-list under PostgreSQL: the privileges of the role that the play process connects as."""

import os

from psycopg import sql

from webapp.config.blind.allowlist import ALLOWED, Access
from webapp.config.blind.rows import row_statements


def _columns(names: frozenset[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(n) for n in sorted(names))


def _grants(role: sql.Identifier, table: str, access: Access) -> list[sql.Composable]:
    target = sql.Identifier(table)
    statements: list[sql.Composable] = [
        sql.SQL("GRANT {verb} ({columns}) ON {table} TO {role}").format(
            verb=sql.SQL(verb), columns=_columns(names), table=target, role=role
        )
        for verb, names in (("SELECT", access.select), ("INSERT", access.insert), ("UPDATE", access.update))
        if names
    ]
    if access.delete:
        statements.append(sql.SQL("GRANT DELETE ON {} TO {}").format(target, role))
    return statements


def grant_statements(role_name: str) -> list[sql.Composable]:
    """Everything first taken away, then the list given: column by column, so that ctid and xmin stay hidden.

    Sequences: only USAGE, for the keys of rows that the tier may insert.
    """
    role = sql.Identifier(role_name)
    statements: list[sql.Composable] = [
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
        sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(role),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
    ]
    for table, access in sorted(ALLOWED.items()):
        statements += _grants(role, table, access)
        if "id" in access.insert:
            statements.append(
                sql.SQL(
                    "DO $$ BEGIN IF pg_get_serial_sequence({table}, 'id') IS NOT NULL THEN "
                    "EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %I', "
                    "pg_get_serial_sequence({table}, 'id'), {role}); "
                    "END IF; END $$"
                ).format(table=sql.Literal(table), role=sql.Literal(role_name))
            )
    return statements + row_statements(role_name)


def create_statements(role_name: str, password_env: str | None) -> list[sql.Composable]:
    """Create the role if it is missing; with a password from the environment, set it."""
    statements: list[sql.Composable] = [
        sql.SQL(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN "
            "EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', {name}); END IF; END $$"
        ).format(name=sql.Literal(role_name))
    ]
    if password_env:
        statements.append(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(role_name), sql.Literal(os.environ[password_env])
            )
        )
    return statements
