"""The claim: what happens when an annotator asks for the next question. One indexed read, one write.

There is no choice to make here and nothing known about any task (I1): the dealer put assignments into the person's
hand beforehand, and the claim takes the lowest place. Claims and answers only ever touch columns of the play tier's
allow-list (`webapp.config.blind`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from webapp.accounts.models import User
from webapp.projects.models import Project
from webapp.tasks.models import LIVE, Assignment, Hand, Round

LOOKAHEAD = 3  # pictures named ahead for prefetching
ASKED_EVERY = timedelta(seconds=15)  # `asked_at` is coarse: a write a claim would be one too many
NEWS_FOR = timedelta(minutes=2)
RETRY_SECONDS = 1
ATTEMPTS = 3


@dataclass(frozen=True)
class ClaimedImage:
    """Name in the picture store, size in pixels, orientation letters (left, top, right, bottom)."""

    file: str
    width: int
    height: int
    markers: str


@dataclass(frozen=True)
class Claim:
    """A question now held by the annotator. `position` counts the round's answers from 1 to `size`."""

    assignment_id: UUID
    image: ClaimedImage
    label: str | None
    round_id: UUID
    position: int
    size: int
    prefetch: tuple[str, ...]


@dataclass(frozen=True)
class Nothing:
    """Nothing is left for this person, for now."""


@dataclass(frozen=True)
class Behind:
    """The dealer has not got round to this person yet; ask again after `retry_after` seconds."""

    retry_after: int = RETRY_SECONDS


def claim_next(*, by: User, project: Project, now: datetime | None = None) -> Claim | Nothing | Behind:
    """Give `by` their next question in `project` and start its lease.

    A question claimed before and still held is given again (a reloaded page) with its lease renewed. A newcomer takes
    a spare hand; where there is none, an empty one tells the dealer to serve them.
    """
    now = now or timezone.now()
    if project.state != Project.State.OPEN:
        return Nothing()
    for _ in range(ATTEMPTS):
        rows = list(_live_in_hand(by, project)[: 1 + LOOKAHEAD])
        if rows:
            claim = _claim(rows, by, project, now)
            if claim:
                return claim
        else:
            answer = _without_live(by, project, now)
            if answer:
                return answer
    return Behind()


def _live_in_hand(by: User, project: Project) -> QuerySet[Assignment, Any]:
    return (
        Assignment.objects.filter(hand__project=project, hand__annotator=by, state__in=LIVE)
        .order_by("place")
        .values(
            "id",
            "hand_id",
            "claimed_at",
            "hand__round_id",
            "hand__round__size",
            "hand__answered",
            "hand__asked_at",
            "task__label__key",
            "task__image__file",
            "task__image__width",
            "task__image__height",
            "task__image__markers",
        )
    )


def _claim(rows: list[dict[str, Any]], by: User, project: Project, now: datetime) -> Claim | None:
    """Claim the first of `rows`; None if it slipped away meanwhile (its reservation ran out, another tab answered)."""
    row = rows[0]
    if row["hand__round_id"] is None:
        row |= _open_round(row["hand_id"], by, project, now)
    # Guarded by the state and not by the time: a place returns only when the worker has closed the assignment (I9).
    claimed = Assignment.objects.filter(pk=row["id"], state__in=LIVE).update(
        state=Assignment.State.CLAIMED,
        held_until=now + timedelta(seconds=project.lease_seconds),
        claimed_at=row["claimed_at"] or now,
        round_id=row["hand__round_id"],
    )
    if not claimed:
        return None
    _note_asking(row["hand_id"], row["hand__asked_at"], now)
    return Claim(
        assignment_id=row["id"],
        image=ClaimedImage(*(row[f"task__image__{name}"] for name in ("file", "width", "height", "markers"))),
        label=row["task__label__key"],
        round_id=row["hand__round_id"],
        position=row["hand__answered"] + 1,
        size=row["hand__round__size"],
        prefetch=tuple(ahead["task__image__file"] for ahead in rows[1:]),
    )


@transaction.atomic
def _open_round(hand_id: UUID, by: User, project: Project, now: datetime) -> dict[str, Any]:
    """The hand's round, begun unless another tab was faster."""
    hand = Hand.objects.select_for_update(of=("self",), no_key=True).select_related("round").get(pk=hand_id)
    if hand.round is None:
        hand.round = Round.objects.create(project=project, annotator=by, size=project.round_size, started_at=now)
        Hand.objects.filter(pk=hand_id).update(round=hand.round, answered=0)
        hand.answered = 0
    return {"hand__round_id": hand.round.pk, "hand__round__size": hand.round.size, "hand__answered": hand.answered}


def _without_live(by: User, project: Project, now: datetime) -> Nothing | Behind | None:
    """Nothing dealt: take a spare hand (None: look again), or say how things stand."""
    hand = Hand.objects.filter(project=project, annotator=by).values("id", "exhausted", "asked_at").first()
    try:
        if hand is None and _take_spare(by, project, now):
            return None
        if hand is None:
            with transaction.atomic():
                Hand.objects.create(project=project, annotator=by, asked_at=now)
            return Behind()
    except IntegrityError:  # another tab of the same newcomer was faster
        return None
    _note_asking(hand["id"], hand["asked_at"], now)
    # To somebody who comes back "nothing left" is old news: the dealer looks again now that they have asked.
    here = hand["asked_at"] is not None and now - hand["asked_at"] < NEWS_FOR
    return Nothing() if hand["exhausted"] and here else Behind()


@transaction.atomic
def _take_spare(by: User, project: Project, now: datetime) -> bool:
    """Make a spare hand that has something in it the person's own. Skips those that others are taking right now."""
    dealt = Assignment.objects.filter(hand=OuterRef("pk"), state=Assignment.State.DEALT, held_until__gt=now)
    spare = (
        Hand.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Exists(dealt), project=project, annotator=None)
        .only("id")
        .first()
    )
    if spare is None:
        return False
    Hand.objects.filter(pk=spare.pk, annotator=None).update(annotator=by, asked_at=now)
    Assignment.objects.filter(hand=spare).update(annotator=by)
    return True


def _note_asking(hand_id: UUID, asked_at: datetime | None, now: datetime) -> None:
    """Tell the dealer that this person is here."""
    if asked_at is None or now - asked_at > ASKED_EVERY:
        Hand.objects.filter(pk=hand_id).update(asked_at=now)
