"""`manage.py simulate_crowd`: virtual volunteers play on a running site, and a table says what came out."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quality.audit.crowd.kinds import DEFAULT_MIX, cast, parse_mix
from quality.audit.crowd.player import SimulationError
from quality.audit.crowd.report import as_json, as_table, by_kind
from quality.audit.crowd.run import Crowd, simulate
from quality.domain.reliability import Reliability
from quality.store import selectors
from webapp.projects.models import Project

EXAMPLE = """
Example: a class of 30 plays two rounds each, on a site that was started with GOLDVEIN_THROTTLE=off:

  python manage.py simulate_crowd blood-cells --people 30 --rounds 2 --seed 1
  python manage.py simulate_crowd blood-cells --mix good=8,spammer=2 --json

The people know the truth from the database and play through the API and the assist's socket of --url, which must
be a site on the same database. They err by kind: good, sloppy, biased (always to the same side), spammer (guesses),
rubber-stamper (takes every proposed mask, and every answer that is filled in, as it is). "kept": answers that were left
as they were filled in. "true" is the mean score of their answers against the truth, "estimated" what the site concludes
from gold.
"""


class Command(BaseCommand):
    help = "Let virtual volunteers play on a running site, and say what the site makes of them."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLE, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        default_mix = ",".join(f"{name}={share}" for name, share in DEFAULT_MIX.items())
        parser.add_argument("project", help="the project's short name")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the site runs (%(default)s)")
        parser.add_argument("--people", type=int, default=12, help="how many, at most 500 (%(default)s)")
        parser.add_argument("--rounds", type=int, default=2, help="rounds a person (%(default)s)")
        parser.add_argument("--mix", default=default_mix, help="shares of the kinds (%(default)s)")
        parser.add_argument("--seconds", type=float, default=300, help="time for everything (%(default)s)")
        parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same people (%(default)s)")
        parser.add_argument("--leave", action="store_true", help="leave at once, without waiting for the scores")
        parser.add_argument("--json", action="store_true", help="print figures as JSON")

    def handle(self, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        if not 1 <= options["people"] <= 500 or options["rounds"] < 1 or options["seconds"] <= 0:
            raise CommandError("A crowd has 1 to 500 people, at least one round and some seconds to play.")
        try:
            people = cast(options["people"], parse_mix(options["mix"]))
            crowd = Crowd(people, options["rounds"], options["seconds"], options["seed"], stays=not options["leave"])
            truths = selectors.simulation_truths(project)
            if not truths:
                raise CommandError(f"Nothing is known of any picture of {project.slug}, so nobody could play it.")
            played = simulate(crowd, url=options["url"], slug=project.slug, truths=truths)
        except (SimulationError, ValueError) as error:
            raise CommandError(str(error)) from None
        rows = by_kind(played, _estimated(project))
        if not sum(row.answers for row in rows):
            raise CommandError("Nobody was dealt anything: is the project open, and has it tasks left?")
        if any(person.prompts for person in played) and not any(person.proposals for person in played):
            self.stderr.write("The assist never answered; everybody drew by hand.")
        if options["json"]:
            self.stdout.write(json.dumps({"project": project.slug, "seed": crowd.seed, "kinds": as_json(rows)}))
        else:
            self.stdout.write(as_table(rows))


def _estimated(project: Project) -> dict[str, Reliability]:
    """What the site concludes from gold, by pseudonym."""
    return {
        person.pseudonym: Reliability(person.mean, person.low, person.high, person.n_gold)
        for person in selectors.annotators(project)
        if person.mean is not None and person.low is not None and person.high is not None
    }
