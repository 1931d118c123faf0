"""Looks back over several rounds, written by the worker: shares by kind of answer, and credit that came later."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from webapp.game.models import LookBack, RoundScore
from webapp.game.services import rounded


@dataclass(frozen=True)
class Share:
    """How `answers` answers of these kinds held up together: `score` 0-1. `kinds`: see `webapp.game.kinds`."""

    kinds: tuple[str, ...]
    answers: int
    score: float


@transaction.atomic
def look_back(
    *, annotator: UUID, project_id: int, rounds: Collection[UUID], answers: int, shares: Sequence[Share], at: datetime
) -> LookBack | None:
    """Enter a look back over `rounds`, shown from `at` on; None where one of them was looked back at already."""
    entries = RoundScore.objects.select_for_update().filter(pk__in=rounds, annotator=annotator, look_back=None)
    found = [entry.pk for entry in entries]
    if len(found) != len(set(rounds)):
        return None
    written = LookBack.objects.create(
        annotator_id=annotator,
        project_id=project_id,
        answers=answers,
        shares=[
            {"kinds": list(share.kinds), "answers": share.answers, "score": rounded(100 * share.score)}
            for share in shares
        ],
        visible_at=at,
    )
    RoundScore.objects.filter(pk__in=found).update(look_back=written)
    return written


def credit(*, look_back_id: int, points: int, at: datetime) -> bool:
    """Add points to a look back, once; in fives. False where it was credited before."""
    if points < 0:
        raise ValueError(f"Credit is never taken back; the points are {points}.")
    found = LookBack.objects.filter(pk=look_back_id, credit=None)
    return bool(found.update(credit=rounded(points), credited_at=at))
