"""Reservations and leases that have run out. Only the worker closes them: no place returns by the clock alone."""

from datetime import datetime, timedelta

from django.db.models import Q

from webapp.tasks.models import LIVE, Assignment

BATCH = 2000
ABSENT_AFTER = timedelta(minutes=2)  # without asking: what lies in the hand unseen goes back to the others


def tick(now: datetime) -> int:
    """Close up to BATCH assignments whose time is over; returns how many. Safe to repeat.

    A page that still shows one can answer nevertheless: late answers are kept.
    """
    left = Q(state=Assignment.State.DEALT, hand__annotator__isnull=False, hand__asked_at__lt=now - ABSENT_AFTER)
    over = Assignment.objects.filter(Q(state__in=LIVE, held_until__lt=now) | left)
    ids = list(over.order_by("held_until").values_list("pk", flat=True)[:BATCH])
    # Asked again in the update: whoever renewed a lease in between keeps it.
    return over.filter(pk__in=ids).update(state=Assignment.State.EXPIRED, closed_at=now) if ids else 0
