"""How long the gold in stock lasts: for the project, and for each person, who sees every gold task at most once."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from quality.domain.injection import Lasting, lasting
from quality.store.intake import gold_rates
from quality.store.models import TaskState
from quality.store.truths import gold_states, not_open, open_states
from webapp.accounts.models import User
from webapp.projects.models import Project
from webapp.tasks.models import Assignment

PACE_OVER = timedelta(days=7)
SOON = 7.0  # days
_TO_COME = (TaskState.State.WAITING, TaskState.State.OPEN)


@dataclass(frozen=True)
class PersonForecast:
    """`gold`: known answers that this person has not seen. `open`: open tasks that they have not."""

    id: UUID
    pseudonym: str
    gold: Lasting
    open: int

    @property
    def runs_short(self) -> bool:
        """Whether they will be without unseen gold within days while there is work left for them."""
        return self.gold.high < float("inf") and self.gold.days < SOON and self.open > 0


@dataclass(frozen=True)
class GoldForecast:
    """`gold`, `open`: answers that the project's tasks still want. `wanted`, `feasible`: share of gold, 0-1. `people`:
    those who played of late, who runs out first in front. `alarms`: a sentence each, for moderators."""

    gold: Lasting
    open: Lasting
    wanted: float
    feasible: float
    people: tuple[PersonForecast, ...]
    alarms: tuple[str, ...]


def gold_forecast(project: Project, *, now: datetime) -> GoldForecast:
    """How many days the gold lasts at the pace of the last week, or since the first answer if that is less."""
    claimed = Assignment.objects.filter(task__project=project, claimed_at__gt=now - PACE_OVER, claimed_at__lte=now)
    first = claimed.aggregate(first=Min("claimed_at"))["first"] or now
    days = max((now - first).total_seconds() / 86400, 1 / 24)
    known = TaskState.objects.filter(not_open(), project=project).values("task")
    paces = list(
        claimed.filter(annotator__isnull=False)
        .order_by()
        .values_list("annotator")
        .annotate(gold=Count("pk", filter=Q(task__in=known)), everything=Count("pk"))
    )
    n_gold = sum(gold for _, gold, _ in paces)
    n_open = sum(everything for *_, everything in paces) - n_gold
    gold = lasting(_places(gold_states(project)), used=n_gold, days=days)
    open_ = lasting(_places(open_states(project)), used=n_open, days=days)
    people = _people(project, {person: (number, days) for person, number, _ in paces})
    rates = gold_rates(project)
    alarms = _alarms(gold, open_, people, rates)
    return GoldForecast(gold, open_, rates["wanted"], rates["feasible"], people, alarms)


def _places(states: QuerySet[TaskState]) -> int:
    return states.filter(state__in=_TO_COME).aggregate(n=Sum(F("target") - F("counted")))["n"] or 0


def _people(project: Project, paces: dict[UUID, tuple[int, float]]) -> tuple[PersonForecast, ...]:
    kinds = {"gold": gold_states(project), "open": open_states(project)}
    left: dict[str, tuple[int, Counter[UUID]]] = {}
    for kind, states in kinds.items():
        to_come = states.filter(state__in=_TO_COME)
        seen = Assignment.objects.filter(task__in=to_come.values("task"), annotator__in=paces).order_by()
        counts = Counter(dict(seen.values_list("annotator").annotate(n=Count("pk"))))
        left[kind] = (to_come.count(), counts)
    names = dict(User.objects.filter(pk__in=paces).values_list("pk", "pseudonym"))
    found = [
        PersonForecast(
            id=person,
            pseudonym=names[person],
            gold=lasting(left["gold"][0] - left["gold"][1][person], used=used, days=days),
            open=left["open"][0] - left["open"][1][person],
        )
        for person, (used, days) in paces.items()
    ]
    return tuple(sorted(found, key=lambda person: (person.gold.days, person.pseudonym)))


def _alarms(
    gold: Lasting, open_: Lasting, people: tuple[PersonForecast, ...], rates: dict[str, Any]
) -> tuple[str, ...]:
    alarms = []
    if gold.days < SOON and gold.days < open_.days:
        alarms.append(
            f"Gold lasts about {gold.days:.1f} more days ({gold.low:.1f} to {gold.high:.1f}), open tasks about "
            f"{open_.days:.1f}; from then on nobody is measured."
        )
    # Where no open task waits for its release, there is nothing left to mix gold into.
    if rates["open_waiting"] and rates["feasible"] < rates["wanted"]:
        alarms.append(
            f"The gold in stock allows a share of {rates['feasible']:.0%} where {rates['wanted']:.0%} is wanted."
        )
    short = sum(person.runs_short for person in people)
    if short:
        alarms.append(f"{short} of {len(people)} people will have seen all the gold within {SOON:.0f} days.")
    return tuple(alarms)
