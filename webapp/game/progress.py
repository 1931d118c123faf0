"""A person's own progress, made of nothing but what they were told already: round scores and looks back (I4)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from quality.domain.stats import wilson_interval
from webapp.accounts.models import User
from webapp.game.figures import RECENT_ROUNDS, week_start
from webapp.game.kinds import WORDS
from webapp.game.models import LookBack, RoundScore
from webapp.projects.models import Label

LEVEL = 0.9
MOST = 60  # points of a line; older ones are left out


@dataclass(frozen=True)
class Point:
    """A score (0-100) over `answers` answers, with the interval that so few answers leave open, at some time."""

    score: float
    low: float
    high: float
    answers: int
    at: datetime


@dataclass(frozen=True)
class Course:
    """How one kind of answer went over the looks back, or all kinds over the rounds."""

    name: str
    points: list[Point]

    @property
    def last(self) -> Point:
        return self.points[-1]


@dataclass(frozen=True)
class Progress:
    """Of one person in one project. `credit`: points that came later because others confirmed answers."""

    project: str
    title: str
    overall: Course
    kinds: list[Course]
    credit: int


def progress_of(user: User, *, now: datetime) -> list[Progress]:
    """Of each project in which a round was scored, by title."""
    shown = RoundScore.objects.filter(annotator=user, visible_at__lte=now).order_by("visible_at", "pk")
    rounds: dict[tuple[int, str, str], list[tuple[int, int, datetime]]] = defaultdict(list)
    for project, slug, title, score, size, at in shown.values_list(
        "project", "project__slug", "project__title", "score", "round__size", "visible_at"
    ):
        rounds[project, slug, title].append((score, size, at))
    looks: dict[int, list[LookBack]] = defaultdict(list)
    for look in LookBack.objects.filter(annotator=user, visible_at__lte=now).order_by("visible_at"):
        looks[look.project_id].append(look)
    names = {
        (project, key): name
        for project, key, name in Label.objects.filter(project__in=looks).values_list("project", "key", "name")
    }
    found = [
        Progress(
            project=slug,
            title=title,
            overall=Course("All answers", _smoothed(played)[-MOST:]),
            kinds=_by_kind(looks[pk], {key: name for (project, key), name in names.items() if project == pk}),
            credit=sum(look.credit or 0 for look in looks[pk] if look.credited_at and look.credited_at <= now),
        )
        for (pk, slug, title), played in rounds.items()
    ]
    return sorted(found, key=lambda progress: progress.title)


def _smoothed(rounds: Sequence[tuple[int, int, datetime]]) -> list[Point]:
    """The mean of the last five rounds at each round."""
    points = []
    for end in range(1, len(rounds) + 1):
        window = rounds[max(0, end - RECENT_ROUNDS) : end]
        answers = sum(size for _, size, _ in window)
        points.append(_point(sum(score * size for score, size, _ in window) / answers, answers, window[-1][2]))
    return points


def _by_kind(looks: Iterable[LookBack], names: dict[str, str]) -> list[Course]:
    courses: dict[str, list[Point]] = defaultdict(list)
    for look in looks:
        for share in look.shares:
            words = " or ".join(names.get(kind) or WORDS.get(kind, kind) for kind in share["kinds"])
            courses[words].append(_point(share["score"], share["answers"], look.visible_at))
    return [Course(name, courses[name][-MOST:]) for name in sorted(courses)]


def _point(score: float, answers: int, at: datetime) -> Point:
    # Scores lie between 0 and 1, so they spread at most as right and wrong do: the interval is never too narrow.
    low, high = wilson_interval(score / 100 * answers, answers, level=LEVEL)
    return Point(score, 100 * low, 100 * high, answers, at)


def days_of_week(user: User, *, now: datetime) -> list[bool]:
    """Monday to Sunday of this week (UTC): whether a round was scored on that day."""
    monday = week_start(now)
    shown = RoundScore.objects.filter(annotator=user, visible_at__gte=monday, visible_at__lte=now)
    played = {at.date() for at in shown.values_list("visible_at", flat=True)}
    return [(monday + timedelta(days=day)).date() in played for day in range(7)]
