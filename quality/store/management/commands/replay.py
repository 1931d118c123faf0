"""Replay a project's answers under other policies."""

import json
import math
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from quality.domain.replay import Figure
from quality.domain.replay_report import Row, compare, parse_policy, usual_policies
from quality.store.recordings import recording_of
from webapp.projects.models import Project

SET_ASIDE = 0.3


class Command(BaseCommand):
    help = (
        "Replays the recorded answers of a finished or simulated project under other policies and prints the quality "
        "of the labels against the votes spent, so that gold rate, redundancy and stopping rule can be chosen before a "
        "launch. Nothing in the project is changed. "
        "Example: manage.py replay cells --policies redundancy=10 goal=0.05 goal=0.05,rate=0.1,redundancy=7"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument(
            "--policies",
            nargs="+",
            metavar="POLICY",
            help="Each with any of redundancy=N (answers a task gets at most), goal=P (stop as soon as the crowd's "
            "expected error is at most P), least=N (answers before it may stop), rate=P (gold among all answers). "
            "Compared with the first. Left out: a choice of usual ones.",
        )
        parser.add_argument("--seed", type=int, default=1, help="Of the order in which answers are taken.")
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *, project: str, policies: list[str] | None, seed: int, **options: Any) -> None:
        found = Project.objects.filter(slug=project).first()
        if found is None:
            raise CommandError(f"There is no project {project!r}.")
        recording = recording_of(found)
        if not recording.answers:
            raise CommandError(f"The project {project!r} has no answers to replay yet.")
        against = "truths that were held back, and what experts and moderators said"
        if not recording.checks and recording.gold:
            recording = recording.with_checks(SET_ASIDE, rng=np.random.default_rng(seed))
            against = f"{SET_ASIDE:.0%} of the gold, set aside at random: nothing is learnt from it"
        if not recording.checks:
            against = "nothing known: agreement with the consensus of all recorded answers stands in for it"
        try:
            chosen = [parse_policy(text) for text in policies] if policies else usual_policies(recording.redundancy)
        except ValueError as error:
            raise CommandError(str(error)) from error
        rows = compare(recording, chosen, seed=seed)
        if options["json"]:
            self.stdout.write(json.dumps({"against": against, "policies": [_as_json(row) for row in rows]}, indent=2))
            return
        self.stdout.write(f"Quality against {against}. 95 % intervals; differences from the first line.\n")
        self.stdout.write(_line("policy", "votes a task", "gold", "saved", "quality", "difference", "as all said"))
        for row in rows:
            self.stdout.write(_told(row))


def _line(*cells: str) -> str:
    widths = (28, 12, 7, 7, 21, 23, 11)
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _told(row: Row) -> str:
    out = row.outcome
    gained = f"{row.gained.mean:+.3f} [{row.gained.low:+.3f}, {row.gained.high:+.3f}]"
    return _line(
        out.policy.name,
        f"{out.votes / max(out.tasks, 1):.2f}",
        str(out.gold_votes),
        f"{row.saved:.0%}",
        "unknown" if not row.quality.n else f"{row.quality.mean:.3f} [{row.quality.low:.3f}, {row.quality.high:.3f}]",
        gained if row.gained.n else "",
        f"{row.agreement.mean:.3f}" if row.agreement.n else "",
    )


def _as_json(row: Row) -> dict[str, Any]:
    out = row.outcome
    return {
        "policy": out.policy.name,
        "tasks": out.tasks,
        "votes": out.votes,
        "gold_votes": out.gold_votes,
        "saved": round(row.saved, 4),
        "expected_error": _number(out.risk),
        "quality": _figure(row.quality),
        "difference": _figure(row.gained),
        "agreement": _figure(row.agreement),
    }


def _figure(value: Figure) -> dict[str, float | int | None]:
    return {"mean": _number(value.mean), "low": _number(value.low), "high": _number(value.high), "n": value.n}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
