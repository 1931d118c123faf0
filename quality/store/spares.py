"""Spare hands: dealt before anybody asks, so that a newcomer's first question is there at once."""

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import transaction

from quality.store.hands import HAND_SIZE, Pool, fill, live_counts
from quality.store.models import GoldPolicy
from quality.store.pace import REFILL_BELOW
from quality.store.places import give_back
from webapp.projects.models import Project
from webapp.tasks.models import Assignment, Hand

MOST = 60  # a classroom
REMEMBERED = timedelta(minutes=2)
SHARE = 4  # spare hands hold at most one of so many free places


class Spares:
    """Keeps as many spare hands as were taken lately, and a few more; after a restart it starts from the few."""

    def __init__(self) -> None:
        self._known: dict[int, set[UUID]] = {}
        self._taken: dict[int, deque[datetime]] = defaultdict(deque)

    def wanted(self, project: Project, policy: GoldPolicy, now: datetime) -> list[UUID]:
        """Spare hands to be filled, made where there are too few."""
        present = list(Hand.objects.filter(project=project, annotator=None).values_list("pk", flat=True))
        taken = self._taken[project.pk]
        taken.extend([now] * len(self._known.get(project.pk, set()) - set(present)))
        while taken and taken[0] < now - REMEMBERED:
            taken.popleft()
        number = min(MOST, policy.spare_hands + 2 * len(taken))
        missing = number - len(present)
        if missing > 0:
            present += [hand.pk for hand in Hand.objects.bulk_create(Hand(project=project) for _ in range(missing))]
        self._known[project.pk] = set(present)
        counts = live_counts(present)
        return [pk for pk in present[:number] if counts[pk] < REFILL_BELOW * HAND_SIZE]

    def deal(
        self, project: Project, hand_ids: Sequence[UUID], pool: Pool, *, now: datetime, rng: np.random.Generator
    ) -> int:
        """Fill spare hands while people who are here keep plenty to draw from; returns how many were filled."""
        filled = 0
        for hand_id in hand_ids:
            if pool.places < SHARE * HAND_SIZE * (filled + 1):
                break
            fill(hand_id, pool, now=now, rng=rng)
            filled += 1
        return filled

    @transaction.atomic
    def dissolve(self, project: Project) -> None:
        """Give back what spare hands hold: somebody who is here needs it."""
        spare = Hand.objects.select_for_update(skip_locked=True).filter(project=project, annotator=None)
        dealt = Assignment.objects.filter(hand__in=list(spare.values_list("pk", flat=True)))
        ids = list(dealt.values_list("pk", flat=True))
        give_back(ids)
        Assignment.objects.filter(pk__in=ids).delete()
