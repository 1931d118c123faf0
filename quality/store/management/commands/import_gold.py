"""Import a gold pack into a project."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quality.store.services import GoldError, approve_pack, import_gold_pack
from webapp.projects.models import Project


class Command(BaseCommand):
    help = (
        "Imports a gold pack (a folder with manifest.json) into a project. Its truths wait as candidates until a "
        "moderator approves them, or are approved at once with --approve. Running it again is safe. "
        "Example: manage.py import_gold cells /data/packs/cells-01 --approve"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("pack", type=Path)
        parser.add_argument("--approve", action="store_true", help="Use all of it as gold from the next release on.")
        parser.add_argument("--json", action="store_true", help="Print the report as JSON.")

    def handle(self, *, project: str, pack: Path, **options: Any) -> None:
        found = Project.objects.filter(slug=project).first()
        if found is None:
            raise CommandError(f"There is no project {project!r}.")
        try:
            report = asdict(import_gold_pack(by=None, project=found, path=pack))
            report["approved"] = approve_pack(by=None, pack_id=report["pack_id"]) if options["approve"] else 0
        except GoldError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"The import broke off ({error.strerror}). What was taken is kept; the same again goes on from there."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
            return
        self.stdout.write(
            f"Pack {report['name']}: {report['taken']} items taken, {report['skipped']} were there already, "
            f"{len(report['refused'])} refused, {report['approved']} approved."
        )
        for refusal in report["refused"]:
            self.stdout.write(f"  refused {refusal['name']}: {refusal['reason']}")
