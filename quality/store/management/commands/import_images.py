"""Import pictures with their labels into a project."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quality.store.services import GoldError, GoldShare, import_images
from webapp.images.services import ImportOptions
from webapp.projects.models import Project
from webapp.projects.services import ProjectError


class Command(BaseCommand):
    help = (
        "Imports a folder, a zip or a file of pictures, with labels that lie beside them (CSV, COCO, YOLO, VOC, label "
        "pictures, NIfTI), into a project. Bad files are refused with one sentence each; running it again is safe. "
        "Example: manage.py import_images cells /data/cells --gold-share 0.15 --set crops=true"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("path", type=Path)
        parser.add_argument("--gold-share", type=float, default=0.0, help="Share of the labelled tasks to use as gold.")
        parser.add_argument("--gold-count", type=int, help="Number of labelled tasks to use as gold.")
        parser.add_argument("--gold-by-group", action="store_true", help="Whole patients or slides become gold.")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="OPTION=VALUE",
            help="An import option, such as window=ct-abdomen or crops=true; the value is JSON or plain text.",
        )
        parser.add_argument("--json", action="store_true", help="Print the report as JSON.")

    def handle(self, *, project: str, path: Path, **options: Any) -> None:
        found = Project.objects.filter(slug=project).first()
        if found is None:
            raise CommandError(f"There is no project {project!r}.")
        if not path.exists():
            raise CommandError(f"There is nothing at {path}.")
        try:
            gold = GoldShare(options["gold_share"], options["gold_count"], options["gold_by_group"])
            importing = ImportOptions.parse(dict(_option(text) for text in options["set"]))
            report = import_images(by=None, project=found, path=path, options=importing, gold=gold).summary()
        except (GoldError, ProjectError, ValueError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"The import broke off ({error.strerror}). What was taken is kept; the same again goes on from there."
            ) from error
        self.stdout.write(json.dumps(report, indent=2) if options["json"] else _told(report))
        if report["refused"] and not report["taken"] + report["skipped"]:
            raise CommandError("Not one picture could be taken.")


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--set wants OPTION=VALUE; it got {text!r}.")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _told(report: dict[str, Any]) -> str:
    rates = report["rates"]
    lines = [
        f"{report['taken']} pictures taken, {report['skipped']} were there already, {len(report['refused'])} refused.",
        f"{report['tasks']} tasks made: {report['gold']} gold, {report['held']} with a known answer held back.",
        f"Gold: {rates['wanted']:.0%} wanted, {rates['feasible']:.0%} feasible "
        f"({rates['gold_waiting']} gold and {rates['open_waiting']} open tasks are waiting).",
        *(f"  refused {refusal['name']}: {refusal['reason']}" for refusal in report["refused"]),
        *(f"  {note}" for note in report["notes"]),
    ]
    if report["suspected_text"]:
        lines.append(f"{report['suspected_text']} pictures may bear text and wait for a moderator.")
    return "\n".join(lines)
