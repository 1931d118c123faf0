"""Processes that the tests of I8 and I9 start and kill, all on one database.

`python -m tests.contracts.actors` reads one command a line from its input, and answers each with one line of JSON. It
loads the site once; actors are forks of it.

start ROLE ...        fork an actor; its process id
run ROLE              fork an actor and wait for its end; what it found

setup                 a small project with gold, and its people
worker LOG            the worker's clock, as fast as it goes; every turn is noted in LOG
player LOG SEED       answers as fast as it goes; every acknowledged answer is noted in LOG
finish                runs the worker until nothing is left to do
report                what the database holds
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")
django.setup()

import numpy as np  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError  # noqa: E402
from django.db.models import Count, F, Q  # noqa: E402
from django.utils import timezone  # noqa: E402

from quality.store import dealing, grading, scoring  # noqa: E402
from quality.store.models import GoldPolicy, Grade, ReliabilitySnapshot, Reservation, TaskState  # noqa: E402
from quality.store.places import return_places  # noqa: E402
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory  # noqa: E402
from tests.players import later  # noqa: E402
from webapp.accounts.models import User  # noqa: E402
from webapp.annotations.models import Annotation  # noqa: E402
from webapp.annotations.services import submit  # noqa: E402
from webapp.game.models import RoundScore  # noqa: E402
from webapp.projects.models import Project  # noqa: E402
from webapp.tasks import leases  # noqa: E402
from webapp.tasks.models import LIVE, Assignment, Round  # noqa: E402
from webapp.tasks.services import Claim, claim_next, skip  # noqa: E402


def setup() -> None:
    call_command("migrate", verbosity=0)
    project = ProjectFactory(redundancy=3, lease_seconds=1)
    GoldPolicy.objects.create(project=project, score_delay_seconds=5, release_size=40)
    TaskFactory.create_batch(560, project=project)
    for _ in range(140):
        GoldFactory(task=TaskFactory(project=project))
    GuestFactory.create_batch(8)


def worker(log: str) -> None:
    with Path(log).open("a") as turns:
        while True:
            work(timezone.now())
            turns.write("turn\n")
            turns.flush()


def work(now) -> int:
    """One turn; a busy database is tried again, as the ticker does."""
    try:
        leases.tick(now)
        dealing.tick(now)
        return grading.tick(now) + scoring.tick(now)
    except DatabaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def player(log: str, seed: str) -> None:
    """Plays as every person in turn; sometimes skips, sometimes lets a lease run out and answers late."""
    rng = np.random.default_rng(int(seed))
    project = Project.objects.get()
    people = list(User.objects.all())
    late: list[tuple[User, Claim]] = []
    with Path(log).open("a") as acknowledged:
        while True:
            time.sleep(0.02)
            person = people[int(rng.integers(len(people)))]
            try:
                claim = claim_next(by=person, project=project)
                if not isinstance(claim, Claim):
                    continue
                chance = rng.random()
                if chance < 0.1:
                    skip(by=person, assignment_id=claim.assignment_id)
                    continue
                if chance < 0.2:
                    late.append((person, claim))
                if chance < 0.15 and late:
                    person, claim = late.pop(0)
                label = str(rng.choice(["cat", "dog"]))
                answer = {"kind": "class", "label": label}
                annotation, _ = submit(by=person, assignment_id=claim.assignment_id, answer=answer)
            except (DatabaseError, ValueError) as error:  # somebody else answered it differently, or a busy database
                sys.stderr.write(f"{error}\n")
                continue
            acknowledged.write(f"{annotation.pk}\n")
            acknowledged.flush()


def finish() -> None:
    """Everything graded and scored; then all reservations run out, so that every place is given back or filled."""
    while work(later(seconds=10)):
        pass
    Assignment.objects.filter(state__in=LIVE).update(held_until=timezone.now())
    leases.tick(later(seconds=1))
    grading.tick(later(seconds=1))
    return_places()


def report() -> dict[str, object]:
    graded = ReliabilitySnapshot.objects.values_list("annotator", "n_gold")
    gold = Grade.objects.filter(gold_score__isnull=False).values_list("annotator").annotate(n=Count("pk"))
    states = TaskState.objects.annotate(
        graded=Count(
            "task__annotations", filter=Q(task__annotations__in=Grade.objects.filter(counted=True).values("pk"))
        )
    )
    places = dict(Reservation.objects.values_list("task").annotate(n=Count("pk")))
    held = TaskState.objects.values_list("task", "held")
    completed = Round.objects.filter(completed_at__isnull=False).annotate(n=Count("annotations"))
    pairs = Annotation.objects.values("task", "annotator").annotate(n=Count("pk"))
    found = {
        "annotations": [str(pk) for pk in Annotation.objects.values_list("pk", flat=True)],
        "ungraded": Annotation.objects.exclude(pk__in=Grade.objects.values("pk")).count(),
        "grades": Grade.objects.count(),
        "counted_in_grades": Grade.objects.filter(counted=True).count(),
        "counted_in_states": sum(TaskState.objects.values_list("counted", flat=True)),
        "states_that_differ": states.exclude(counted=F("graded")).count(),
        "held_that_differ": sum(places.get(task, 0) != number for task, number in held),
        "over_target": TaskState.objects.filter(counted__gt=F("target") - F("held")).count(),
        "reservations": Reservation.objects.count(),
        "seen_twice": pairs.filter(n__gt=1).count(),
        "rounds": completed.count(),
        "rounds_not_of_ten": completed.exclude(n=F("size")).count(),
        "scores": RoundScore.objects.count(),
        "learnt_once": {a: n for a, n in graded if n} == dict(gold),
    }
    return found


ROLES = {"setup": setup, "worker": worker, "player": player, "finish": finish, "report": report}


def fork(role: str, *arguments: str, answer: int | None = None) -> int:
    """The process id of a new actor; what it returns is written to the pipe `answer`."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        found = ROLES[role](*arguments)
        if answer is not None:
            with os.fdopen(answer, "w") as out:
                json.dump(found, out)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def run(role: str) -> object:
    read, write = os.pipe()
    pid = fork(role, answer=write)
    os.close(write)
    with os.fdopen(read) as source:
        found = source.read()
    os.waitpid(pid, 0)
    return json.loads(found)


def main() -> None:
    for line in sys.stdin:
        command, *arguments = line.split()
        reply = fork(*arguments) if command == "start" else run(*arguments)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
