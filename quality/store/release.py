"""Release: gold and open tasks enter the pool together, in shuffled batches, in the proportion wanted (I1, I3).

From then on the dealer draws from the pool without looking at who is which, so both kinds are met alike often, by
alike many people, in alike order. How much gold is met is decided here and here alone.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Sum

from quality.domain.injection import feasible_rate
from quality.store.models import GoldPolicy, TaskState
from quality.store.order import shuffle_rows
from quality.store.places import FREE
from quality.store.policies import at_first, stopping_rule
from quality.store.truths import gold_states, open_states
from webapp.projects.models import Project


def free_places(project: Project) -> int:
    """Places of the pool that nothing fills or holds."""
    pool = TaskState.objects.filter(project=project, state=TaskState.State.OPEN)
    return pool.annotate(free=FREE).filter(free__gt=0).aggregate(n=Sum("free"))["n"] or 0


@transaction.atomic
def release(project: Project, policy: GoldPolicy, *, now: datetime, rng: np.random.Generator) -> int:
    """Open one batch of waiting tasks; returns how many. Without open tasks waiting, no gold is released either."""
    waiting_open = open_states(project).filter(state=TaskState.State.WAITING)
    waiting_gold = gold_states(project).filter(state=TaskState.State.WAITING)
    n_open, n_gold = waiting_open.count(), waiting_gold.count()
    if n_open == 0:
        return 0
    rate = feasible_rate(wanted=policy.rate, n_gold=n_gold, n_open=n_open, target=project.redundancy)
    chosen_open = math.ceil(policy.release_size * (1 - rate))
    chosen_open = min(chosen_open, n_open)
    chosen_gold = min(_at_random(rng, chosen_open * rate / (1 - rate)), n_gold)
    batch = [*_first(waiting_open, chosen_open), *_first(waiting_gold, chosen_gold)]
    # The target is today's: a project may want more answers, or fewer, than when its pictures came.
    # Only what still waits: a study may have taken pictures since they were chosen.
    TaskState.objects.filter(task__in=batch, state=TaskState.State.WAITING).update(
        state=TaskState.State.OPEN,
        released_at=now,
        target=project.redundancy,
        wanted=at_first(stopping_rule(policy), project.redundancy),
    )
    GoldPolicy.objects.filter(pk=policy.pk).update(released_rate=rate)
    policy.released_rate = rate
    shuffle_rows(batch)
    return len(batch)


def _first(waiting, number: int) -> Sequence[UUID]:
    return list(waiting.order_by("draw").values_list("task_id", flat=True)[:number])


def _at_random(rng: np.random.Generator, value: float) -> int:
    """`value` rounded up or down with the chances that keep its mean: small batches keep the rate in the long run."""
    return math.floor(value) + int(rng.random() < value - math.floor(value))
