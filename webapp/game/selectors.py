"""Reads of the game for volunteers: boards, own standings, a round's score. Only what is shown by now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import F, FloatField, IntegerField, Q, Sum, Window
from django.db.models.functions import Cast, Rank, Round, RowNumber

from webapp.accounts.models import User
from webapp.game import badges
from webapp.game.figures import level_of
from webapp.game.models import LookBack, Standing
from webapp.tasks.models import Round as PlayedRound

Span = Literal["week", "all"]
TOP = 10
FIGURES = (
    "points",
    "points_week",
    "rounds",
    "rating",
    "rank",
    "rank_week",
    "level",
    "days_this_week",
    "streak_weeks",
)
LOOKS = 20
NEAR = 3  # places on either side of one's own


@dataclass(frozen=True)
class Place:
    """One line of a board. `rank` 0 = without a place (hidden, or not played yet).

    `rating`: the mean score that the person's rounds have at least, 1-100; 0 = not played yet.
    """

    rank: int
    pseudonym: str
    points: int
    level: int
    is_me: bool
    rating: int


@dataclass(frozen=True)
class Leaderboard:
    """The best, those near one's own place, and oneself (also where others do not see one)."""

    top: list[Place]
    near: list[Place]
    me: Place | None


@dataclass(frozen=True)
class ShownRound:
    """A round as its player sees it. `score` (0-100) and `points` are null until they are shown."""

    id: str
    project: str
    state: Literal["playing", "waiting", "scored"]
    size: int
    score: int | None
    points: int | None


def leaderboard(*, viewer: User | None, project_id: int | None, span: Span) -> Leaderboard:
    """The board of one project, or of all together; `week` begins on Monday (UTC).

    Places go by rating, what a person's rounds score at least; over several projects it is weighted by their rounds.
    Equal ratings share a place and are listed by name. Three queries, whatever the number of people.
    """
    week = "_week" if span == "week" else ""
    standings = Standing.objects.order_by().filter(**{f"rounds{week}__gt": 0})
    if project_id is not None:
        standings = standings.filter(project=project_id)
    mean = Sum(F(f"rating{week}") * F(f"rounds{week}"), output_field=FloatField()) / Sum(
        f"rounds{week}", output_field=FloatField()
    )
    totals = {"total": Cast(Round(mean), IntegerField()), "earned": Sum(f"points{week}"), "level_points": Sum("points")}
    mine = standings.filter(annotator=viewer).aggregate(**totals) if viewer else {}
    board = (
        standings.filter(annotator__on_boards=True, annotator__is_active=True)
        .values("annotator_id", "annotator__pseudonym")
        .annotate(**totals)
    )
    wanted = Q(position__lte=TOP)
    position = 0
    if viewer and viewer.on_boards and mine["total"]:
        better = Q(total__gt=mine["total"]) | Q(total=mine["total"], annotator__pseudonym__lt=viewer.pseudonym)
        position = board.filter(better).count() + 1
        wanted |= Q(position__range=(position - NEAR, position + NEAR))
    order = [F("total").desc(), F("annotator__pseudonym").asc()]
    rows: Any = (
        board.annotate(rank=Window(Rank(), order_by=order[:1]), position=Window(RowNumber(), order_by=order))
        .filter(wanted)
        .order_by("position")
    )
    me = viewer.pk if viewer else None
    places = {
        row["position"]: Place(
            row["rank"],
            row["annotator__pseudonym"],
            row["earned"],
            level_of(row["level_points"]),
            row["annotator_id"] == me,
            row["total"],
        )
        for row in rows
    }
    return Leaderboard(
        top=[place for p, place in places.items() if p <= TOP],
        near=[place for p, place in places.items() if position and abs(p - position) <= NEAR],
        me=places.get(position) or _unplaced(viewer, mine),
    )


def _unplaced(viewer: User | None, mine: dict[str, Any]) -> Place | None:
    """Oneself, where others do not see one or there is nothing to see yet."""
    if viewer is None:
        return None
    points, level_points, found = (mine[name] or 0 for name in ("earned", "level_points", "total"))
    return Place(0, viewer.pseudonym, points, level_of(level_points), True, found)


def shown_round(*, viewer: User, round_id: UUID, now: datetime) -> ShownRound | None:
    """One of the viewer's own rounds; None for everybody else's (I7)."""
    row = (
        PlayedRound.objects.filter(pk=round_id, annotator=viewer)
        .values_list("project__slug", "size", "completed_at", "score__score", "score__points", "score__visible_at")
        .first()
    )
    if row is None:
        return None
    project, size, completed_at, score, points, visible_at = row
    if visible_at is not None and visible_at <= now:
        return ShownRound(str(round_id), project, "scored", size, score, points)
    return ShownRound(str(round_id), project, "waiting" if completed_at else "playing", size, None, None)


def standings_of(user: User) -> list[dict[str, Any]]:
    """A person's figures in each project, with their badges spelled out."""
    rows = Standing.objects.filter(annotator=user).order_by("project__title")
    return [
        {
            "project": row["project__slug"],
            "title": row["project__title"],
            **{name: row[name] for name in FIGURES},
            "badges": [_spelled_out(key) for key in row["badges"] if key in badges.BY_KEY],
        }
        for row in rows.values("project__slug", "project__title", "badges", *FIGURES)
    ]


def look_backs_of(user: User, *, now: datetime) -> list[dict[str, Any]]:
    """The last looks back at a person's rounds that are shown by now, the newest first."""
    rows = LookBack.objects.filter(annotator=user, visible_at__lte=now).order_by("-visible_at")[:LOOKS]
    return [
        {
            "project": project,
            "shown_at": at,
            "answers": answers,
            "shares": shares,
            "credit": credit if credited_at and credited_at <= now else None,
        }
        for project, at, answers, shares, credit, credited_at in rows.values_list(
            "project__slug", "visible_at", "answers", "shares", "credit", "credited_at"
        )
    ]


def _spelled_out(key: str) -> dict[str, str]:
    badge = badges.BY_KEY[key]
    return {"key": badge.key, "name": badge.name, "description": badge.description}
