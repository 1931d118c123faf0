"""Reservations and leases that have run out. Only the worker closes them: no place returns by the clock alone."""

from datetime import datetime

from webapp.tasks.models import LIVE, Assignment

BATCH = 1000


def tick(now: datetime) -> int:
    """Expire what is overdue, a batch at a time; how many. A late answer is kept all the same."""
    overdue = Assignment.objects.filter(state__in=LIVE, held_until__lt=now).values("pk")[:BATCH]
    return Assignment.objects.filter(pk__in=overdue, state__in=LIVE, held_until__lt=now).update(
        state=Assignment.State.EXPIRED, closed_at=now
    )
