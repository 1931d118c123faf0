"""How far a project is, for everybody to see: from open tasks alone, in steps of five, once a day (I4, I5)."""

from datetime import datetime

from django.db.models import F, Q, Sum
from django.db.models.functions import Least

from quality.store.models import GoldPolicy, TaskState
from quality.store.policies import policy_of
from quality.store.truths import open_states
from webapp.projects.models import Project

STEP = 5


def tick(now: datetime) -> int:
    """Write the progress of projects that have none for today; returns how many."""
    written = 0
    for project in Project.objects.exclude(state=Project.State.DRAFT):
        policy = policy_of(project)
        if policy.progress_on == now.date():
            continue
        Project.objects.filter(pk=project.pk).update(percent_done=STEP * int(percent(project) // STEP))
        GoldPolicy.objects.filter(pk=policy.pk).update(progress_on=now.date())
        written += 1
    return written


def percent(project: Project) -> float:
    """Share of the wanted answers that are there, 0-100. A task that is done needs no more, whatever its target."""
    live = open_states(project).exclude(state__in=(TaskState.State.RETIRED, TaskState.State.BLOCKED))
    done = Q(state=TaskState.State.DONE)
    totals = live.aggregate(
        wanted=Sum("target"),
        done=Sum("target", filter=done),
        there=Sum(Least(F("counted"), F("target")), filter=~done),
    )
    return 100 * ((totals["done"] or 0) + (totals["there"] or 0)) / totals["wanted"] if totals["wanted"] else 0.0
