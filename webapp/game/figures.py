"""From the rounds a person played to the figures of their standing. Pure: rounds and a time in, numbers out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RECENT_ROUNDS = 5
FORGIVEN_WEEKS = 1  # in a row; a holiday should not cost a streak


@dataclass(frozen=True)
class Played:
    """A scored round: its points, its score (0-100) and when the score was first shown."""

    points: int
    score: int
    at: datetime


@dataclass(frozen=True)
class Figures:
    """`recent_score`: mean score of the last five rounds, 0 as long as there are fewer."""

    points: int
    points_week: int
    rounds: int
    level: int
    days_this_week: int
    streak_weeks: int
    recent_score: float


def week_start(at: datetime) -> datetime:
    """Monday, midnight, in the time zone of `at`."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=at.weekday())


def level_of(points: int) -> int:
    """Level n begins at 50 n (n - 1) points: 0, 100, 300, 600, 1000 ..."""
    return int((1 + math.sqrt(1 + points / 12.5)) / 2)


def streak(weeks: set[datetime], this_week: datetime) -> int:
    """Weeks played without a break; one week missed in a row is forgiven, and so is this week while it lasts."""
    count = missed = 0
    week = this_week
    while weeks and week >= min(weeks):
        if week in weeks:
            count, missed = count + 1, 0
        elif week != this_week:
            missed += 1
            if missed > FORGIVEN_WEEKS:
                break
        week -= timedelta(days=7)
    return count


def figures(rounds: Sequence[Played], now: datetime) -> Figures:
    """The figures of one person in one project; `rounds` ordered by time, all of them shown by `now`."""
    this_week = week_start(now)
    recent = [r for r in rounds if r.at >= this_week]
    points = sum(r.points for r in rounds)
    last = [r.score for r in rounds[-RECENT_ROUNDS:]]
    return Figures(
        points=points,
        points_week=sum(r.points for r in recent),
        rounds=len(rounds),
        level=level_of(points),
        days_this_week=len({r.at.date() for r in recent}),
        streak_weeks=streak({week_start(r.at) for r in rounds}, this_week),
        recent_score=sum(last) / RECENT_ROUNDS if len(last) == RECENT_ROUNDS else 0.0,
    )


def ranks(points: dict[object, int]) -> dict[object, int]:
    """Places from 1 by points, equal points equal place (1, 2, 2, 4); nobody without points has one (0)."""
    placed: dict[object, int] = {}
    place, last = 0, None
    for index, (who, score) in enumerate(sorted(points.items(), key=lambda item: -item[1]), start=1):
        if score != last:
            place, last = index, score
        placed[who] = place if score > 0 else 0
    return placed
