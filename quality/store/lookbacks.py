"""Looks back at rounds that were scored: how each kind of answer held up, and credit for those who were right early.

Both come from the figure that rounds are paid by (`quality.domain.scoring`), alike for gold and open tasks, and only
on so many answers that nothing smaller follows from all that is told together (`quality.domain.disclosure`).
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from quality.domain.disclosure import tellable
from quality.domain.scoring import score_round
from quality.store.clock import Clock
from quality.store.scoring import scored_answers
from webapp.annotations.models import Annotation
from webapp.game.kinds import kind_of
from webapp.game.lookbacks import Share, credit, look_back
from webapp.game.models import LookBack, RoundScore
from webapp.projects.models import Project

FEWEST_ROUNDS = 3
MOST_ROUNDS = 10  # then rare kinds are told together
CREDIT_AFTER = timedelta(days=1)  # by then others have come to the same pictures
WINDOW = timedelta(minutes=10)
BATCH = 20

_sweep = Clock(3600.0)


def tick(now: datetime) -> int:
    """Look back at what is ready and credit what is old enough; returns how many looks back that were. Repeatable."""
    done = sum(_look_back(annotator, project, now) for annotator, project in _ready(now))
    waiting = LookBack.objects.select_related("project").filter(credit=None, visible_at__lte=now - CREDIT_AFTER)
    return done + sum(_credit(found, now) for found in waiting.order_by("visible_at")[:BATCH])


def _ready(now: datetime) -> list[tuple[UUID, Project]]:
    """Who has rounds enough that were not looked back at, the longest waiting first; lately played, or overdue."""
    entries = RoundScore.objects.filter(look_back=None, visible_at__lte=now, annotator__is_active=True).order_by()
    rows = entries.values_list("annotator", "project").annotate(
        n=Count("pk"), first=Min("visible_at"), last=Max("visible_at")
    )
    found = rows.filter(n__gte=FEWEST_ROUNDS).order_by("first")
    if not _sweep.due():
        found = found.filter(Q(last__gte=now - WINDOW) | Q(n__gte=MOST_ROUNDS))
    people = list(found[:BATCH])
    projects = Project.objects.in_bulk({project for _, project, *_ in people})
    return [(annotator, projects[project]) for annotator, project, *_ in people]


def _look_back(annotator: UUID, project: Project, now: datetime) -> bool:
    """Over the oldest rounds, as soon as every kind may be told by itself, or after many with rare ones together."""
    entries = RoundScore.objects.filter(look_back=None, annotator=annotator, project=project, visible_at__lte=now)
    shown = dict(entries.order_by("visible_at", "pk").values_list("pk", "visible_at")[:MOST_ROUNDS])
    rounds = {pk: str(at) for pk, at in shown.items()}  # short rounds that were told together are one sum
    answers = Annotation.objects.filter(round__in=rounds).values_list("answer", "task__label__key", "round")
    kinds = [(kind_of(answer, asked), rounds[round_]) for answer, asked, round_ in answers]
    groups = tellable(kinds)
    if len(shown) < MOST_ROUNDS and any(len(group) > 1 for group in groups or [("", "")]):
        return False
    scores: dict[str, list[float]] = defaultdict(list)
    for scored in scored_answers(list(rounds), project, by=annotator):
        task = scored.annotation.task
        scores[kind_of(scored.annotation.answer, task.label.key if task.label else None)].append(scored.score)
    shares = []
    for group in groups:
        values = [value for kind in group for value in scores[kind]]
        shares.append(Share(group, len(values), sum(values) / len(values)))
    written = look_back(
        annotator=annotator, project_id=project.pk, rounds=rounds, answers=len(kinds), shares=shares, at=now
    )
    return written is not None


def _credit(found: LookBack, now: datetime) -> bool:
    """What the rounds would be paid today beyond what they were: nobody loses by being early, or by others' doubt."""
    entries = dict(RoundScore.objects.filter(look_back=found).values_list("pk", "points"))
    scores: dict[UUID | None, list[float]] = defaultdict(list)
    for scored in scored_answers(list(entries), found.project, by=found.annotator_id):
        scores[scored.annotation.round_id].append(scored.score)
    today = sum(score_round(values).points for values in scores.values())
    return credit(look_back_id=found.pk, points=max(today - sum(entries.values()), 0), at=now)
