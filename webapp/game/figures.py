"""From the rounds a person played to the figures of their standing. Pure: rounds and a time in, numbers out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RECENT_ROUNDS = 5
FORGIVEN_WEEKS = 1  # in a row; a holiday should not cost a streak
PRIOR_ROUNDS = 4  # rounds of typical score that everybody starts with
Z = 1.2816  # one-sided 90 %
SPREAD = 15.0  # standard deviation of a person's round scores where little is known yet
SPREAD_ROUNDS = 10  # what that counts for
TYPICAL = 60.0  # mean score where nobody has played yet


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
    rounds_week: int
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


def figures(rounds: Sequence[Played], now: datetime, *, credit: int = 0) -> Figures:
    """The figures of one person in one project; `rounds` ordered by time, all of them shown by `now`.

    `credit`: points that came later, for answers that others confirmed.
    """
    this_week = week_start(now)
    recent = [r for r in rounds if r.at >= this_week]
    points = sum(r.points for r in rounds) + credit
    last = [r.score for r in rounds[-RECENT_ROUNDS:]]
    return Figures(
        points=points,
        points_week=sum(r.points for r in recent),
        rounds=len(rounds),
        rounds_week=len(recent),
        level=level_of(points),
        days_this_week=len({r.at.date() for r in recent}),
        streak_weeks=streak({week_start(r.at) for r in rounds}, this_week),
        recent_score=sum(last) / RECENT_ROUNDS if len(last) == RECENT_ROUNDS else 0.0,
    )


@dataclass(frozen=True)
class Scores:
    """Round scores (0-100) of one person or team, as sums: enough for a rating."""

    rounds: int
    total: float
    squares: float

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(self.rounds + other.rounds, self.total + other.total, self.squares + other.squares)


NOTHING = Scores(0, 0.0, 0.0)


@dataclass(frozen=True)
class Field:
    """What the players have in common: mean score of a person, and spread of one person's rounds (0-100)."""

    typical: float = TYPICAL
    spread: float = SPREAD


def field_of(people: Iterable[Scores]) -> Field:
    """The field that `people` make up; the spread is pooled within people.

    Each counts as far as their mean is known, n / (n + PRIOR_ROUNDS), so nobody counts for more than one by playing on.
    """
    played = [person for person in people if person.rounds]
    if not played:
        return Field()
    known = [person.rounds / (person.rounds + PRIOR_ROUNDS) for person in played]
    means = [person.total / person.rounds for person in played]
    typical = sum(w * mean for w, mean in zip(known, means, strict=True)) / sum(known)
    within = sum(max(person.squares - person.total**2 / person.rounds, 0.0) for person in played)
    freedom = sum(person.rounds - 1 for person in played)
    return Field(typical, math.sqrt((within + SPREAD_ROUNDS * SPREAD**2) / (freedom + SPREAD_ROUNDS)))


def rating(scores: Scores, field: Field) -> int:
    """The mean score that somebody has at least (one-sided 90 %), 1-100; 0 for who has not played.

    The mean is shrunk towards the typical one (normal-normal empirical Bayes, Efron & Morris 1973), so one lucky round
    lifts nobody, and more rounds help only as far as they make a good mean surer.

    >>> rating(Scores(1, 100, 10_000), Field()), rating(Scores(20, 1700, 144_500), Field())
    (59, 77)
    """
    if not scores.rounds:
        return 0
    worth = PRIOR_ROUNDS + scores.rounds
    mean = (PRIOR_ROUNDS * field.typical + scores.total) / worth
    return round(min(max(mean - Z * field.spread / math.sqrt(worth), 1.0), 100.0))


def ranks(ratings: dict[object, int]) -> dict[object, int]:
    """Places from 1 by rating, equal ratings equal place (1, 2, 2, 4); nobody who has not played has one (0)."""
    placed: dict[object, int] = {}
    place, last = 0, None
    for index, (who, score) in enumerate(sorted(ratings.items(), key=lambda item: -item[1]), start=1):
        if score != last:
            place, last = index, score
        placed[who] = place if score > 0 else 0
    return placed
