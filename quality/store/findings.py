"""Findings of fair play as moderators see them, and what they said of them (I12).

Findings are worked out anew every hour (`quality.store.fairplay`); a word on one stays with whoever said it and when,
beside the evidence as it then was. Nothing follows from it for the people it speaks of.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from quality.domain.fairplay import is_stronger
from quality.store.figures import Name, figures_of
from quality.store.models import FindingReview
from quality.store.reviews import ReviewError
from webapp.accounts.models import StaffMember, User
from webapp.projects.models import Project

Outcome = FindingReview.Outcome
Key = tuple[str, frozenset[UUID]]
NOTE = 500  # characters


@dataclass(frozen=True)
class FindingView:
    """`people`: (id, pseudonym); their places in `sentence` are {0} and {1}. `p`: chance among honest people.

    `reviews`: [{"outcome", "note", "by", "p", "created_at"}], the newest first; `p` as it then was. `is_waiting`:
    nobody has looked at it, or it has become much stronger since. `is_current`: it was found when last looked for.
    """

    kind: str
    people: tuple[tuple[UUID, str], ...]
    sentence: str
    p: float
    reviews: tuple[dict[str, Any], ...]
    is_waiting: bool
    is_current: bool


@dataclass(frozen=True)
class FairPlay:
    """Those that wait come first, the surest of them first, then those looked at. `made_at`: when they were last worked
    out, from how many `answers` of how many `people`; None: not yet. `is_under_way`: newer ones were asked for."""

    findings: tuple[FindingView, ...]
    made_at: datetime | None
    answers: int
    people: int
    is_under_way: bool


def fair_play(project: Project) -> FairPlay:
    """What is known at once. Who left is not spoken of."""
    figures = figures_of(project, Name.FAIR_PLAY)
    current: list[dict[str, Any]] = figures.content.get("findings", [])
    reviews: dict[Key, list[FindingReview]] = defaultdict(list)
    for review in FindingReview.objects.filter(project=project).select_related("by").order_by("-created_at", "-pk"):
        reviews[_key(review.kind, _people_of(review))].append(review)
    found = {_key(entry["kind"], entry["people"]): (*_evidence(entry), True) for entry in current}
    gone = {key: (_people_of(last), last.sentence, last.p, False) for key, (last, *_) in reviews.items()}
    shown = {**gone, **found}
    names = dict(
        User.objects.filter(pk__in={person for _, people in shown for person in people}, is_active=True).values_list(
            "pk", "pseudonym"
        )
    )
    views = [
        _view(key, entry, reviews.get(key, []), names)
        for key, entry in shown.items()
        if all(p in names for p in key[1])
    ]
    return FairPlay(
        findings=tuple(sorted(views, key=lambda view: (not view.is_waiting, not view.is_current, view.p))),
        made_at=figures.made_at,
        answers=figures.content.get("answers", 0),
        people=figures.content.get("people", 0),
        is_under_way=figures.is_under_way,
    )


def review_finding(
    *, by: StaffMember, project: Project, kind: str, people: Sequence[UUID], outcome: str, note: str = ""
) -> None:
    """Keep a moderator's word on a finding; a later one stands above it. Raises ReviewError."""
    if outcome not in Outcome.values:
        raise ReviewError(f"An outcome is one of {', '.join(Outcome.values)}; it is {outcome!r}.")
    if len(note) > NOTE:
        raise ReviewError(f"A note has at most {NOTE} characters; it has {len(note)}.")
    wanted = _key(kind, people)
    for view in fair_play(project).findings:
        ids = [person for person, _ in view.people]
        if view.is_current and _key(view.kind, ids) == wanted:
            first, *others = ids
            FindingReview.objects.create(
                project=project,
                kind=kind,
                first_id=first,
                second_id=others[0] if others else None,
                sentence=view.sentence,
                p=view.p,
                outcome=outcome,
                note=note,
                by=by,
            )
            return
    raise ReviewError("This finding is not among the current ones any more; please look at the list again.")


def tick(now: datetime) -> None:
    """What was said of a guest goes with the account that the guest joined, and what was said of somebody who left
    goes altogether. Safe to repeat."""
    for name in ("first", "second"):
        moved = FindingReview.objects.filter(**{f"{name}__merged_into__isnull": False})
        for pk, account in moved.values_list("pk", f"{name}__merged_into"):
            FindingReview.objects.filter(pk=pk).update(**{f"{name}_id": account})
    FindingReview.objects.filter(Q(first=F("second")) | Q(first__is_active=False) | Q(second__is_active=False)).delete()


def _view(
    key: Key, entry: tuple[list[UUID], str, float, bool], reviews: list[FindingReview], names: dict[UUID, str]
) -> FindingView:
    people, sentence, p, is_current = entry
    return FindingView(
        kind=key[0],
        people=tuple((person, names[person]) for person in people),
        sentence=sentence,
        p=p,
        reviews=tuple(_said(review) for review in reviews),
        is_waiting=is_current and not (reviews and not is_stronger(p, reviews[0].p)),
        is_current=is_current,
    )


def _said(review: FindingReview) -> dict[str, Any]:
    return {
        "outcome": review.outcome,
        "note": review.note,
        "by": review.by.username if review.by else "",
        "p": review.p,
        "created_at": review.created_at,
    }


def _evidence(entry: dict[str, Any]) -> tuple[list[UUID], str, float]:
    return [UUID(person) for person in entry["people"]], entry["sentence"], entry["p"]


def _people_of(review: FindingReview) -> list[UUID]:
    return [review.first_id, *([review.second_id] if review.second_id else [])]


def _key(kind: str, people: Iterable[UUID | str]) -> Key:
    return kind, frozenset(UUID(str(person)) for person in people)
