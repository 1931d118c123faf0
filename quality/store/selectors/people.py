"""Annotators as staff see them: pseudonyms, how much they answered, how far they are trusted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Max, Q

from quality.domain.reliability import Quantity, Reliability
from quality.domain.reliability.carry_over import carry_over, real_alone_tells
from quality.domain.suspicion import Suspicion, suspicions
from quality.store.models import ReliabilitySnapshot
from webapp.accounts.models import User
from webapp.annotations.models import Annotation
from webapp.game.models import Standing
from webapp.projects.models import Project


@dataclass(frozen=True)
class Annotator:
    """`mean`, `low`, `high`: reliability, 0-1, with its 90 % interval; None before gold or other people tell anything.

    `state`: what the estimator keeps, such as confusion counts. `seconds`: mean time on task as pages measured it.
    `suspicion`: whether somebody should look at their answers, and why; None before anything is known. `carry_over`:
    score on synthetic gold minus score on expert-labelled pictures, with its 90 % interval; None before both were met.
    `gold_place`: by `gold_low`, the lower end by gold alone, None without any; `board_place`: by the rating that
    volunteers see, of all time.
    """

    id: UUID
    pseudonym: str
    answers: int
    abstentions: int
    seconds: float | None
    last_answer_at: datetime | None
    n_gold: int
    mean: float | None
    low: float | None
    high: float | None
    method: str
    state: dict[str, Any]
    suspicion: Suspicion | None = None
    carry_over: Quantity | None = None
    gold_low: float | None = None
    gold_place: int | None = None
    board_place: int | None = None

    @property
    def by_real_alone(self) -> bool:
        """Whether votes are weighed by the answers to expert-labelled pictures alone."""
        return real_alone_tells(self.state)

    @property
    def is_suspect(self) -> bool:
        return self.suspicion is not None and self.suspicion.is_suspect


def annotators(project: Project) -> list[Annotator]:
    """Everybody who answered in a project, the busiest first."""
    return _annotators(project, None)


def annotator(project: Project, annotator_id: UUID) -> Annotator | None:
    """One of them; None for somebody who has not answered here."""
    return next(iter(_annotators(project, [annotator_id])), None)


def _annotators(project: Project, ids: Collection[UUID] | None) -> list[Annotator]:
    given = Annotation.objects.filter(task__project=project, annotator__isnull=False)
    if ids is not None:
        given = given.filter(annotator__in=ids)
    by_person = {snapshot.annotator_id: snapshot for snapshot in ReliabilitySnapshot.objects.filter(project=project)}
    doubts = _suspicions(project, by_person)
    by_gold = _places({key: snapshot.gold_low for key, snapshot in by_person.items() if snapshot.n_gold})
    rated = Standing.objects.filter(project=project, rating__gt=0)
    on_board = _places(dict(rated.values_list("annotator", "rating")))
    rows = (
        given.order_by()
        .values("annotator")
        .annotate(
            answers=Count("pk"),
            abstentions=Count("pk", filter=Q(answer__kind="cannot_tell")),
            milliseconds=Avg("client_ms"),
            last=Max("submitted_at"),
        )
    )
    names = dict(User.objects.filter(pk__in=[row["annotator"] for row in rows]).values_list("pk", "pseudonym"))
    found = [
        replace(
            _annotator(dict(row), names[key], by_person.get(key), doubts.get(key)),
            gold_place=by_gold.get(key),
            board_place=on_board.get(key),
        )
        for row in rows
        for key in [row["annotator"]]
    ]
    return sorted(found, key=lambda person: (-person.answers, person.pseudonym))


def _suspicions(project: Project, snapshots: Mapping[UUID, ReliabilitySnapshot]) -> dict[Any, Suspicion]:
    """What is typical is told by all people of the project."""
    known = {
        key: Reliability(mean=s.mean, low=s.low, high=s.high, n=s.n_gold, state=s.parameters)
        for key, s in snapshots.items()
    }
    guessing = 1 / max(project.labels.count(), 2) if project.kind == Project.Kind.CLASS else 0.0
    return suspicions(known, guessing=guessing)


def _places(values: Mapping[UUID, float]) -> dict[UUID, int]:
    """Places from 1, the highest value first; equal values share one."""
    first: dict[float, int] = {}
    for place, value in enumerate(sorted(values.values(), reverse=True), start=1):
        first.setdefault(value, place)
    return {key: first[value] for key, value in values.items()}


def _annotator(
    row: dict[str, Any], pseudonym: str, snapshot: ReliabilitySnapshot | None, suspicion: Suspicion | None
) -> Annotator:
    return Annotator(
        id=row["annotator"],
        pseudonym=pseudonym,
        answers=row["answers"],
        abstentions=row["abstentions"],
        seconds=row["milliseconds"] / 1000 if row["milliseconds"] is not None else None,
        last_answer_at=row["last"],
        n_gold=snapshot.n_gold if snapshot else 0,
        mean=snapshot.mean if snapshot else None,
        low=snapshot.low if snapshot else None,
        high=snapshot.high if snapshot else None,
        gold_low=snapshot.gold_low if snapshot and snapshot.n_gold else None,
        method=snapshot.method if snapshot else "",
        state=snapshot.parameters if snapshot else {},
        suspicion=suspicion,
        carry_over=carry_over(snapshot.parameters) if snapshot else None,
    )
