"""Embeddings made ahead for pictures that people now playing are about to see, gold and open alike (I3).

It follows what was dealt, in the order of play, and nothing else; whatever a picture is, it is prepared equally early.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from inference.engine import entry
from inference.transport.backends import backend
from webapp.projects.models import Project
from webapp.tasks.models import Assignment

ACTIVE = timedelta(minutes=10)  # somebody who asked this recently may ask again any moment
AHEAD = 6  # pictures of one hand
AT_ONCE = 32  # pictures asked for in one tick
REMEMBERED = 20_000

_asked_for: OrderedDict[str, None] = OrderedDict()


def _assisted() -> QuerySet[Project]:
    return Project.objects.filter(kind=Project.Kind.MASK, assist=True, state=Project.State.OPEN)


def upcoming(now: datetime, *, known: OrderedDict[str, None] | None = None) -> list[str]:
    """File names of the next `AHEAD` pictures of every active hand, nearest first, without those `known`.

    Spare hands count as active: a newcomer takes one without a warning.
    """
    dealt = (
        Assignment.objects.filter(
            Q(hand__annotator=None) | Q(hand__asked_at__gte=now - ACTIVE),
            state__in=[Assignment.State.DEALT, Assignment.State.CLAIMED],
            task__project__in=_assisted(),
        )
        .order_by("hand_id", "place")
        .values_list("hand_id", "task__image__file")
    )
    depth: dict[object, int] = {}
    ranked: list[tuple[int, str]] = []
    for hand, file in dealt.iterator():
        depth[hand] = depth.get(hand, 0) + 1
        if depth[hand] <= AHEAD and file not in (known or {}):
            ranked.append((depth[hand], file))
    return list(dict.fromkeys(file for _, file in sorted(ranked)))


def tick(now: datetime) -> int:
    """Ask for embeddings that will soon be wanted; returns how many. Safe to repeat, and to be killed.

    Segmenters whose encoding costs nothing (the demo) are only loaded, where they live in this very process.
    """
    if _assisted().exists():
        backend().warm_up()
    if not entry(settings.SEGMENTER).encodes:
        return 0
    files = upcoming(now, known=_asked_for)[:AT_ONCE]
    backend().prepare(files)
    for file in files:
        _asked_for[file] = None
    while len(_asked_for) > REMEMBERED:
        _asked_for.popitem(last=False)
    return len(files)
