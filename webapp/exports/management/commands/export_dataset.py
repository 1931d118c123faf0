"""Writes a project's labels to a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.exports.repairs import REPAIRS
from webapp.exports.services import ExportError, write_export
from webapp.exports.writers import WRITERS
from webapp.projects.models import Project


class Command(BaseCommand):
    help = (
        "Writes a project's labels, votes and weights; known answers are left out unless asked for, and what nobody "
        "labelled is ignore. Example: manage.py export_dataset liver --format nifti --out liver.zip"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--format", choices=list(WRITERS), default="coco")
        parser.add_argument("--out", required=True, type=Path)
        parser.add_argument("--include-gold", action="store_true", help="Add the tasks whose answer is known.")
        parser.add_argument(
            "--repair",
            action="append",
            choices=list(REPAIRS),
            default=[],
            help="Of volumes (nifti), may be given several times: "
            + "; ".join(f"{name}: {what[0].lower()}{what[1:]}" for name, what in REPAIRS.items())
            + ".",
        )
        parser.add_argument("--json", action="store_true", help="Print figures as JSON.")

    def handle(
        self, *, project: str, format: str, out: Path, include_gold: bool, repair: list[str], **options: Any
    ) -> None:
        found = Project.objects.filter(slug=project).first()
        if found is None:
            known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no project {project!r}; there are: {known}.")
        if not out.parent.is_dir():
            raise CommandError(f"The folder {out.parent} does not exist.")
        try:
            rows = write_export(project=found, format=format, path=out, include_gold=include_gold, repairs=repair)
        except ExportError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The export could not be written to {out}: {error.strerror}.") from error
        figures = {"project": project, "format": format, "tasks": rows, "bytes": out.stat().st_size, "file": str(out)}
        self.stdout.write(json.dumps(figures) if options["json"] else f"{rows} tasks, {figures['bytes']} bytes: {out}")
