"""Hands: the assignments dealt ahead to a person, or to nobody yet.

For every place of a hand a task is drawn at random from the pool, never one that the person has seen. How much gold is
among them follows the pool's mixture, within the bounds of `quality.domain.injection`; which gold and which open tasks
is drawn alike, the more urgent somewhat sooner. People who could see a truth get none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Count, F, Q

from quality.domain import injection
from quality.domain.proposals import Shares
from quality.domain.stopping import urgency
from quality.store import pace
from quality.store.models import GoldPolicy, Proposal, Reservation, TaskState
from quality.store.places import FREE, FREE_FROM
from quality.store.places import free as free_of
from quality.store.proposals import attach, shares_of
from quality.store.served import Leanings, Share, record
from quality.store.truths import not_open, open_states
from webapp.projects.models import Project
from webapp.tasks.models import LIVE, Assignment, Hand

HAND_SIZE = pace.LEAST
RESERVED_FOR = timedelta(minutes=20)
leanings = Leanings()


@dataclass
class Pool:
    """Released tasks with free places; `gold` says which of them are no open tasks. Kept while a tick lasts.

    `last`: no more will be released, as things stand.
    `rate`: gold in the last release. `urgency`: weights to draw by. `shares`: of hands; newcomers have none yet.
    `arms`: how many are asked with a proposal, or without any help.
    """

    project: Project
    free: dict[UUID, int]
    gold: set[UUID]
    last: bool
    rate: float
    urgency: Mapping[UUID, float]
    knowers: Collection[UUID] = field(default_factory=frozenset)
    shares: Mapping[UUID, Share] = field(default_factory=dict)
    arms: Shares = field(default_factory=Shares)

    @classmethod
    def load(
        cls,
        project: Project,
        policy: GoldPolicy,
        knowers: Collection[UUID] = (),
        shares: Mapping[UUID, Share] | None = None,
    ) -> "Pool":
        """`knowers`: ids of people who could see a truth."""
        rows = (
            TaskState.objects.filter(project=project, state=TaskState.State.OPEN)
            .annotate(free=FREE, is_gold=not_open())
            .filter(free__gt=0)
            .values_list("task_id", "free", "is_gold", "counted", "risk")
        )
        free = {task_id: places for task_id, places, *_ in rows}
        gold = {task_id for task_id, _, is_gold, *_ in rows if is_gold}
        counted, risks = [row[3] for row in rows], [np.nan if row[4] is None else row[4] for row in rows]
        # With a fixed number of answers all get theirs in the end, whichever comes first.
        by_risk = policy.stopping == GoldPolicy.Stopping.RISK
        weights = dict(zip(free, urgency(counted, risks).tolist(), strict=True)) if by_risk else {}
        arms = shares_of(policy)
        last = not open_states(project).filter(state=TaskState.State.WAITING).exists()
        return cls(project, free, gold, last, policy.released_rate, weights, frozenset(knowers), shares or {}, arms)

    @property
    def places(self) -> int:
        return sum(self.free.values())


def live_counts(hand_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many live assignments each hand holds."""
    live = Assignment.objects.filter(hand__in=hand_ids, state__in=LIVE).order_by()
    return defaultdict(int, live.values_list("hand").annotate(n=Count("pk")))


@transaction.atomic
def fill(
    hand_id: UUID,
    pool: Pool,
    *,
    size: int = HAND_SIZE,
    now: datetime,
    rng: np.random.Generator,
    may_exhaust: bool = True,
) -> int | None:
    """Deal to a hand up to `size` live assignments. Returns how many it holds then; None if it is being taken.

    `may_exhaust`: an empty hand is told that nothing is left; not while the next batch may still be released.
    """
    hand = Hand.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=hand_id).first()
    if hand is None:
        return None
    live = Assignment.objects.filter(hand=hand, state__in=LIVE).count()
    wanted = size - live
    if wanted <= 0:
        return live
    last = list(
        Assignment.objects.filter(hand=hand).order_by("-place").only("task_id", "place")[: injection.LONGEST_RUN]
    )
    share = pool.shares.get(hand_id, Share())
    chances = _choose(hand, pool, wanted, share, _gold_run(last), rng)
    tasks = _deal(hand, list(chances), pool, last[0].place + 1 if last else 0, now, rng)
    dealt = len(tasks)
    if dealt:
        leanings.dealt(pool.project, share, dealt)
        gold = sum(task_id in pool.gold for task_id in tasks)
        record(hand, pool.rate, chances=[chances[task_id] for task_id in tasks], gold=gold)
    exhausted = live + dealt == 0 and (may_exhaust or hand.exhausted)
    if exhausted != hand.exhausted:
        Hand.objects.filter(pk=hand.pk).update(exhausted=exhausted)
    return live + dealt


def _choose(
    hand: Hand, pool: Pool, wanted: int, share: Share, last_run: int, rng: np.random.Generator
) -> dict[UUID, float]:
    """Draw tasks for a hand, in playing order, each with the chance of gold that its place had."""
    in_pool = TaskState.objects.filter(project=pool.project, state=TaskState.State.OPEN).values("task")
    theirs = Q(hand=hand) | Q(annotator=hand.annotator_id) if hand.annotator_id else Q(hand=hand)
    seen = set(Assignment.objects.filter(theirs, task__in=in_pool).values_list("task_id", flat=True))
    left = [task_id for task_id, free in pool.free.items() if free > 0 and task_id not in seen]
    gold = [task_id for task_id in left if task_id in pool.gold and hand.annotator_id not in pool.knowers]
    open_ = [task_id for task_id in left if task_id not in pool.gold]
    draw = injection.draw(
        rng,
        places=wanted,
        highest=share.highest(pool.rate),
        factor=leanings.factor(pool.project, share),
        n_gold=len(gold),
        n_open=len(open_),
        last_run=last_run,
        ending=pool.last,
    )
    gold_draws, open_draws = (iter(_in_random_order(tasks, pool, rng)) for tasks in (gold, open_))
    tasks = (next(gold_draws) if is_gold else next(open_draws) for is_gold in draw.is_gold)
    return dict(zip(tasks, draw.chances, strict=True))


def _in_random_order(tasks: Sequence[UUID], pool: Pool, rng: np.random.Generator) -> Iterator[UUID]:
    """A weighted draw without replacement (Efraimidis and Spirakis 2006)."""
    if not pool.urgency:
        return (tasks[i] for i in rng.permutation(len(tasks)))
    weights = np.array([pool.urgency[task_id] for task_id in tasks])
    return (tasks[i] for i in np.argsort(rng.exponential(size=len(tasks)) / weights))


def _gold_run(last: Sequence[Assignment]) -> int:
    """How many gold tasks in a row end a hand, of its `last` assignments, the very last one first."""
    gold = TaskState.objects.filter(not_open(), task__in=[assignment.task_id for assignment in last])
    known = set(gold.values_list("task_id", flat=True)) if last else set()
    return next((number for number, assignment in enumerate(last) if assignment.task_id not in known), len(last))


def _deal(
    hand: Hand, chosen: Sequence[UUID], pool: Pool, first: int, now: datetime, rng: np.random.Generator
) -> list[UUID]:
    """Reserve places for `chosen` and write the assignments; tasks without a free place are left out (I9).

    `first`: the place that follows the hand's last one.
    """
    locked = TaskState.objects.select_for_update(no_key=True).filter(task__in=chosen, state=TaskState.State.OPEN)
    rows = locked.order_by("task").values_list("task", *FREE_FROM) if chosen else ()
    free = {task_id: free_of(*row) for task_id, *row in rows}
    tasks = [task_id for task_id in chosen if free.get(task_id, 0) > 0]
    for task_id in chosen:
        pool.free[task_id] = free.get(task_id, 0) - (task_id in tasks)
    assignments = [
        Assignment(
            hand=hand,
            task_id=task_id,
            annotator_id=hand.annotator_id,
            place=first + number,
            held_until=now + RESERVED_FOR,
        )
        for number, task_id in enumerate(tasks)
    ]
    behind = attach(assignments, pool.project, pool.arms, rng)
    Assignment.objects.bulk_create(assignments)
    Proposal.objects.bulk_create(behind)
    Reservation.objects.bulk_create(Reservation(assignment=a, task_id=a.task_id) for a in assignments)
    TaskState.objects.filter(task__in=tasks).update(held=F("held") + 1)
    return tasks
