"""Reservations and leases that have run out. Only the worker closes them: no place returns by the clock alone."""

from datetime import datetime

from webapp.tasks.models import LIVE, Assignment

BATCH = 2000


def tick(now: datetime) -> int:
    """Close up to BATCH assignments whose time is over; returns how many. Safe to repeat.

    A page that still shows one can answer nevertheless: late answers are kept.
    """
    over = Assignment.objects.filter(state__in=LIVE, held_until__lt=now)
    ids = list(over.order_by("held_until").values_list("pk", flat=True)[:BATCH])
    # Asked again in the update: whoever renewed a lease in between keeps it.
    return over.filter(pk__in=ids).update(state=Assignment.State.EXPIRED, closed_at=now) if ids else 0
