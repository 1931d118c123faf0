"""The demonstration: three projects of computer-made pictures, ready to be played."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.projects.models import Project


class Command(BaseCommand):
    help = (
        "Loads the demonstration: draws its pictures, makes three projects and an administrator, and lets a small"
        " virtual crowd play them. Running it again "
        "finishes what was left and changes nothing else. Example: manage.py demo"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where other projects exist already")
        parser.add_argument("--no-crowd", action="store_true", help="without the virtual volunteers who play first")
        parser.add_argument("--json", action="store_true", help="print what was loaded as JSON")

    def handle(self, *, if_empty: bool, no_crowd: bool = False, **options: Any) -> None:
        if not settings.KNOWS_GOLD:
            raise CommandError(f"demo needs a role that may know gold; GOLDVEIN_ROLE is {settings.ROLE!r}.")
        # Only here: where the volunteer tier runs alone, what the loader imports is not even installed.
        from webapp.config.demo import crowd, loader

        ours = [text.slug for text in loader.PROJECTS]
        if if_empty and Project.objects.exists() and not Project.objects.filter(slug__in=ours).exists():
            return  # somebody's own site, which has no need of a demonstration
        say = self.stderr.write if options["json"] else self.stdout.write
        done = loader.load(say=lambda line: say(line))
        if not no_crowd and not crowd.has_played():
            crowd.play(say=lambda line: say(line))
        if options["json"]:
            self.stdout.write(
                json.dumps({"projects": done.projects, "admin_created": done.password is not None}, indent=1)
            )
            return
        for project in done.projects:
            self.stdout.write(
                f"{project['project']}: {project['pictures']} pictures, {project['tasks']} tasks, "
                f"{project['gold_drawn'] + project['gold_generated']} of them with known answers"
            )
        if done.password:
            self.stdout.write(f"Staff login: admin / {done.password}  (kept in {settings.HOME / 'staff-password.txt'})")
