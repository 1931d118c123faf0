"""The dealer's step: release, fill the hands of those who are here, keep spare hands for newcomers.

One ticker runs it (`webapp.config.ticker`). Every hand is a transaction of its own; a kill in between loses nothing.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db import IntegrityError, transaction

from quality.store.hands import HAND_SIZE, Pool, fill, leanings, live_counts
from quality.store.models import GoldPolicy
from quality.store.pace import REFILL_BELOW, Pace
from quality.store.places import return_places
from quality.store.policies import policy_of
from quality.store.release import free_places, release
from quality.store.spares import Spares
from webapp.accounts.models import StaffMember
from webapp.projects.models import Project
from webapp.tasks.leases import ABSENT_AFTER
from webapp.tasks.models import Hand

logger = logging.getLogger(__name__)

_spares = Spares()
_pace = Pace()


def tick(now: datetime, *, rng: np.random.Generator | None = None) -> int:
    """Deal what is wanted in all open projects; returns how many hands were served. Safe to repeat and to kill."""
    rng = rng or np.random.default_rng()
    return_places()
    _pace.forget(now)
    served = 0
    for project in Project.objects.filter(state=Project.State.OPEN).order_by("pk"):
        served += deal(project, now=now, rng=rng)
    return served


def deal(project: Project, *, now: datetime, rng: np.random.Generator) -> int:
    """Serve the people present in one project, those with the fewest assignments first, then the spare hands."""
    policy = policy_of(project)
    knowers = _serve_knowers(project)
    hungry = _hungry_hands(project, now)
    spares = _spares.wanted(project, policy, now)
    needed = sum(hungry.values()) + HAND_SIZE * len(spares)
    if not needed:
        return 0
    _keep_pool(project, policy, max(policy.release_size, 2 * needed), now=now, rng=rng)
    owners = {hand.pk: hand.annotator_id for hand in hungry} | dict.fromkeys(spares)
    pool = Pool.load(project, policy, knowers, leanings.load(project, owners))
    held = {hand: _fill(hand.pk, pool, size=size, now=now, rng=rng, may_exhaust=False) for hand, size in hungry.items()}
    short = [hand for hand, number in held.items() if number is not None and number < HAND_SIZE]
    if short:
        # They have seen the whole pool: open the next batch, or else what the spare hands sit on, and serve them again.
        if not release(project, policy, now=now, rng=rng) and not all(hand.exhausted for hand in short):
            _spares.dissolve(project)
        pool = Pool.load(project, policy, knowers, leanings.load(project, owners))
        for hand in short:
            _fill(hand.pk, pool, size=hungry[hand], now=now, rng=rng)
    return len(hungry) + _spares.deal(project, spares, pool, now=now, rng=rng)


def _fill(
    hand_id: UUID, pool: Pool, *, size: int, now: datetime, rng: np.random.Generator, may_exhaust: bool = True
) -> int | None:
    try:
        held = fill(hand_id, pool, size=size, now=now, rng=rng, may_exhaust=may_exhaust)
    except IntegrityError:  # a guest joined an account at this very moment; their hand is looked at again next time
        logger.info("Hand %s changed while it was being filled.", hand_id)
        return None
    if held is not None:
        _pace.filled(hand_id, held=held, now=now)
    return held


def _hungry_hands(project: Project, now: datetime) -> dict[Hand, int]:
    """Hands of people present that run low -> how many assignments they should hold; the emptiest first.

    Who is absent is asked of `leases`: dealt to any longer, they would hold places that others wait for.
    """
    present = Hand.objects.filter(project=project, annotator__isnull=False, asked_at__gte=now - ABSENT_AFTER)
    hands = list(present.only("pk", "exhausted", "annotator_id"))
    counts = live_counts([hand.pk for hand in hands])
    sizes = {hand: _pace.size(hand.pk, live=counts[hand.pk], now=now) for hand in hands}
    left = {hand: counts[hand.pk] / size for hand, size in sizes.items()}
    return {hand: sizes[hand] for hand in sorted(left, key=left.__getitem__) if left[hand] < REFILL_BELOW}


def _keep_pool(project: Project, policy: GoldPolicy, wanted: int, *, now: datetime, rng: np.random.Generator) -> None:
    """Release batches until the pool has `wanted` free places or nothing is waiting."""
    while free_places(project) < wanted:
        if not release(project, policy, now=now, rng=rng):
            return


def _serve_knowers(project: Project) -> Collection[UUID]:
    """Ids of people who could see a truth. They get hands of their own at once, so that none takes a spare one."""
    staff = list(StaffMember.objects.values_list("user_id", flat=True))
    present = set(Hand.objects.filter(project=project, annotator__in=staff).values_list("annotator_id", flat=True))
    with transaction.atomic():
        Hand.objects.bulk_create(
            (Hand(project=project, annotator_id=user_id) for user_id in staff if user_id not in present),
            ignore_conflicts=True,
        )
    return staff
