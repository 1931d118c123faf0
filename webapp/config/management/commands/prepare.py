"""What must be there before the embedded site can serve: its tables and, on a new site, the demonstration."""

import fcntl
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Brings the database up to date and loads the demonstration on a new site. A second one at the same time waits"
        " for the first. Example: manage.py prepare"
    )

    def handle(self, **options: Any) -> None:
        settings.HOME.mkdir(parents=True, exist_ok=True)
        # Freed by the system when the process dies.
        with open(settings.HOME / "prepare.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.stdout.write("Another start prepares this folder; waiting for it ...")
                self.stdout.flush()
                fcntl.flock(lock, fcntl.LOCK_EX)
            call_command("migrate", verbosity=0)
            call_command("demo", if_empty=True, stdout=self.stdout, stderr=self.stderr)
