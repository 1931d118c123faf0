"""Adds somebody who works here: the first administrator of a new site comes in this way."""

import getpass
import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.accounts import services
from webapp.accounts.models import StaffMember


class Command(BaseCommand):
    help = (
        "Adds a staff member. The password is asked for, taken from an environment variable, or made up and printed. "
        "Example: manage.py create_staff ada --role admin --password-env ADA_PASSWORD"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=StaffMember.Role.values, default=StaffMember.Role.ADMIN)
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--password-env", help="Environment variable that holds the password.")
        source.add_argument("--generate", action="store_true", help="Make a password up and print it.")

    def handle(self, *, username: str, role: str, password_env: str | None, generate: bool, **options: Any) -> None:
        if generate:
            password = secrets.token_urlsafe(12)
        elif password_env:
            if password_env not in os.environ:
                raise CommandError(f"The environment variable {password_env} is not set.")
            password = os.environ[password_env]
        else:
            password = getpass.getpass(f"Password for {username}: ")
        try:
            member = services.create_staff(username=username, password=password, role=role)
        except services.Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{member.username} may now work here as {member.role}.")
        if generate:
            self.stdout.write(f"Password: {password}")
