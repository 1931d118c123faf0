"""`manage.py audit_leaks`: attackers play on a running site and try to tell gold from open tasks."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from quality.audit.crowd.client import SimulationError
from quality.audit.leaks import site
from quality.audit.leaks.channels import CHANNELS
from quality.audit.leaks.play import Plan, attack
from quality.audit.leaks.report import as_json, as_table
from quality.audit.leaks.verdict import judge, overall
from quality.audit.services import keep_report
from webapp.projects.models import Project

EXIT = {"passed": 0, "failed": 1, "not certifiable": 2}
EXAMPLE = f"""
Example: twenty attackers, ten rounds each, on a site that runs with this database:

  python manage.py audit_leaks which-cell --people 20 --rounds 10 --seed 1
  python manage.py audit_leaks which-cell --channels ids,order,responses --json

Attackers join, ask, look and answer through the public API of --url; most of their answers are wrong on purpose. They
leave at the end and take their answers with them, but people's scores may feel them meanwhile: audit before a project
opens to people, or on a copy. On a site that limits requests they wait as told, which takes longer; the oracle waits
for the score of every round, about half a minute each. docs/audit.md says what each channel looks at.

Channels: {", ".join(CHANNELS)}.
Exit code: 0 everything passed, 1 a gate failed, 2 nothing failed but not all of it can be certified.
"""


class Command(BaseCommand):
    help = "Attack a running site: can anybody tell which tasks are gold?"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's short name")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the site runs (%(default)s)")
        parser.add_argument("--people", type=int, default=20, help="attackers, at most 200 (%(default)s)")
        parser.add_argument("--rounds", type=int, default=10, help="rounds an attacker (%(default)s)")
        parser.add_argument("--channels", default=",".join(CHANNELS), help="which to try, by comma (all)")
        parser.add_argument("--seconds", type=float, default=1800, help="time for playing (%(default)s)")
        parser.add_argument("--seed", type=int, default=0, help="of strategies and splits (%(default)s)")
        parser.add_argument("--report", type=Path, help="file for the report (a new one in the site's audits folder)")
        parser.add_argument("--stay", action="store_true", help="attackers do not leave at the end")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        if not 1 <= options["people"] <= 200 or options["rounds"] < 1 or options["seconds"] <= 0:
            raise CommandError("An audit has 1 to 200 attackers, at least one round and some seconds to play.")
        channels = _channels(options["channels"])
        plan = Plan(
            people=options["people"],
            rounds=options["rounds"],
            seconds=options["seconds"],
            seed=options["seed"],
            wait_for_scores="oracle" in channels,
            leave=not options["stay"],
        )
        try:
            notes = attack(plan, url=options["url"], slug=project.slug, eyes=site.eyes(project))
        except SimulationError as error:
            raise CommandError(str(error), returncode=3) from None
        evidence = site.evidence(project, notes, seed=plan.seed)
        if not evidence.known():
            raise CommandError("Nobody was dealt anything: is the project open, and has it tasks left?", returncode=3)
        findings = judge([found for key in channels for found in CHANNELS[key].attacks(evidence)])
        report = as_json(project.slug, evidence, findings)
        path = _write(report, options["report"])
        keep_report(project=project, report=report)
        self.stdout.write(json.dumps(report) if options["json"] else as_table(findings))
        self.stderr.write(f"Report: {path}")
        verdict = overall(findings)
        if EXIT[verdict]:
            raise CommandError(f"Verdict: {verdict}.", returncode=EXIT[verdict])
        self.stderr.write(f"Verdict: {verdict}.")


def _channels(text: str) -> list[str]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in wanted if name not in CHANNELS]
    if unknown or not wanted:
        raise CommandError(f"Channels are some of {', '.join(CHANNELS)}; asked for was {text!r}.")
    return wanted


def _write(report: dict[str, Any], path: Path | None) -> Path:
    if path is None:
        path = settings.HOME / "audits" / f"{report['project']}-{timezone.now():%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    return path
