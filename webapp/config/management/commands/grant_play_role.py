"""Gives the play process's database role exactly the columns of the allow-list (I1)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from webapp.config.blind.postgres import create_statements, grant_statements


class Command(BaseCommand):
    help = (
        "Gives a PostgreSQL role the volunteer tier's privileges and takes all others away; run it after migrate. "
        "Example: manage.py grant_play_role goldvein_play --create --password-env PLAY_DB_PASSWORD"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role")
        parser.add_argument("--create", action="store_true", help="Create the role if it is missing.")
        parser.add_argument("--password-env", help="Environment variable that holds the new role's password.")

    def handle(self, *, role: str, create: bool, password_env: str | None, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError(
                "grant_play_role needs PostgreSQL; this site runs on SQLite, where a guard does the same."
            )
        with transaction.atomic(), connection.cursor() as cursor:
            if create:
                for statement in create_statements(role, password_env):
                    cursor.execute(statement)
            for statement in grant_statements(role):
                cursor.execute(statement)
        self.stdout.write(f"Role {role} may now touch the volunteer tier's columns and nothing else.")
