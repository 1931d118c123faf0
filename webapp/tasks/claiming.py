"""The claim: what happens when an annotator asks for the next question. One indexed read, one write.

There is no choice to make here and nothing known about any task (I1): the dealer put assignments into the person's
hand beforehand, and the claim takes the lowest place. Claims and answers only ever touch columns of the play tier's
allow-list (`webapp.config.blind`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from webapp.accounts.models import User
from webapp.projects.models import Project
from webapp.statements import Statement
from webapp.tasks.models import Assignment, Hand, Round

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
    """A question now held by the annotator. `position` counts the round's answers from 1 to `size`.

    `proposal`: a prefilled answer, where there is one; `unaided`: the assist is not to help either.
    """

    assignment_id: UUID
    image: ClaimedImage
    label: str | None
    round_id: UUID
    position: int
    size: int
    prefetch: tuple[str, ...]
    proposal: dict[str, Any] | None = None
    unaided: bool = False


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
        rows = [_InHand(*row) for row in _LIVE_IN_HAND.rows(project.pk, by.pk)]
        if rows:
            claim = _claim(rows, by, project, now)
            if claim:
                return claim
        else:
            answer = _without_live(by, project, now)
            if answer:
                return answer
    return Behind()


class _InHand(NamedTuple):
    """A live assignment of a hand, and all that is shown of it."""

    id: UUID
    hand: UUID
    claimed_at: datetime | None
    round: UUID | None
    round_size: int | None
    answered: int
    asked_at: datetime | None
    proposal: dict[str, Any] | None
    unaided: bool
    label: str | None
    file: str
    width: int
    height: int
    markers: str


_LIVE_IN_HAND = Statement(
    f"""
    SELECT n.id, n.hand, n.claimed_at, n.round_id, r.size, n.answered, n.asked_at, n.proposal, n.unaided, l.key,
           i.file, i.width, i.height, i.markers
    FROM (
        SELECT a.id, a.place, a.task_id, a.claimed_at, a.proposal, a.unaided,
               h.id AS hand, h.round_id, h.answered, h.asked_at
        FROM tasks_hand h
        JOIN tasks_assignment a ON a.hand_id = h.id AND a.state IN ('dealt', 'claimed')
        WHERE h.project_id = %s AND h.annotator_id = %s
        ORDER BY a.place LIMIT {1 + LOOKAHEAD}
    ) n
    JOIN tasks_task t ON t.id = n.task_id
    JOIN images_image i ON i.id = t.image_id
    LEFT JOIN projects_label l ON l.id = t.label_id
    LEFT JOIN tasks_round r ON r.id = n.round_id
    ORDER BY n.place
    """,
    returns=[UUID, UUID, datetime, UUID, int, int, datetime, dict, bool],
)
# Guarded by the state and not by the time: a place returns only when the worker has closed the assignment (I9).
_CLAIM = Statement(
    """
    UPDATE tasks_assignment SET state = 'claimed', held_until = %s, claimed_at = %s, round_id = %s
    WHERE id = %s AND state IN ('dealt', 'claimed')
    """
)


def _claim(rows: list[_InHand], by: User, project: Project, now: datetime) -> Claim | None:
    """Claim the first of `rows`; None if it slipped away meanwhile (its reservation ran out, another tab answered)."""
    first = rows[0]
    round_, size, answered = first.round, first.round_size, first.answered
    if round_ is None or size is None:
        opened, answered = open_round(first.hand, by=by, project_id=project.pk, size=project.round_size, now=now)
        round_, size = opened.pk, opened.size
    held_until = now + timedelta(seconds=project.lease_seconds)
    if not _CLAIM.run(held_until, first.claimed_at or now, round_, first.id):
        return None
    _note_asking(first.hand, first.asked_at, now)
    return Claim(
        assignment_id=first.id,
        image=ClaimedImage(first.file, first.width, first.height, first.markers),
        label=first.label,
        round_id=round_,
        position=answered + 1,
        size=size,
        prefetch=tuple(ahead.file for ahead in rows[1:]),
        proposal=first.proposal,
        unaided=first.unaided,
    )


@transaction.atomic
def open_round(hand_id: UUID, *, by: User, project_id: int, size: int, now: datetime) -> tuple[Round, int]:
    """The hand's round, begun unless another tab was faster, and how many answers it has. Locks the hand."""
    hand = Hand.objects.select_for_update(of=("self",), no_key=True).select_related("round").get(pk=hand_id)
    if hand.round is not None:
        return hand.round, hand.answered
    begun = Round.objects.create(project_id=project_id, annotator=by, size=size, started_at=now)
    Hand.objects.filter(pk=hand_id).update(round=begun, answered=0)
    return begun, 0


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
