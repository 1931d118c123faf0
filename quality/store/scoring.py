"""The score of a round, at its fixed delay: every answer against the other people's consensus, gold's as well.

Only the round's one rounded figure leaves this room; what each answer earned is stored nowhere (I4).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from django.db.models import Exists, OuterRef

from quality.domain.scoring import Evidence, KnownAnswer, score_answer, score_round
from quality.store import reliability, weighing
from quality.store.clock import Clock
from quality.store.fairplay import alike_in
from quality.store.models import Consensus
from quality.store.policies import policy_of
from webapp.annotations.models import Annotation
from webapp.game.models import RoundScore
from webapp.game.services import award_round
from webapp.projects.models import Project
from webapp.tasks.models import Round

BATCH = 50
LONGEST_DELAY = 30  # seconds
AHEAD = timedelta(seconds=4)  # worked out a little before it is shown, so that it is shown on time
WINDOW = timedelta(hours=1)

_sweep = Clock(600.0)


def tick(now: datetime) -> int:
    """Score rounds whose time has come; returns how many. Safe to repeat.

    Looks at what was completed lately, and once in a while at everything.
    """
    unscored = _unscored(None if _sweep.due() else now - WINDOW, now)
    projects = Project.objects.in_bulk({round_.project_id for round_ in unscored})
    delays = {pk: _delay(project) for pk, project in projects.items()}
    scored = 0
    for round_ in unscored:
        delay, project = delays[round_.project_id], projects[round_.project_id]
        assert round_.completed_at is not None
        if now >= round_.completed_at + max(delay - AHEAD, delay / 2):
            visible_at = max(round_.completed_at + delay, now)
            score(round_, project, visible_at=visible_at)
            scored += 1
    return scored


def _unscored(since: datetime | None, now: datetime) -> list[Round]:
    """Completed rounds without a score, the oldest first; of those whose answers were taken along there is nothing."""
    rounds = Round.objects.filter(
        ~Exists(RoundScore.objects.filter(round=OuterRef("pk"))),
        Exists(Annotation.objects.filter(round=OuterRef("pk"))),
        completed_at__lte=now,
        annotator__isnull=False,
    )
    if since is not None:
        rounds = rounds.filter(completed_at__gte=since)
    return list(rounds.order_by("completed_at")[:BATCH])


def _delay(project: Project) -> timedelta:
    return timedelta(seconds=min(policy_of(project).score_delay_seconds, LONGEST_DELAY))


def score(round_: Round, project: Project, *, visible_at: datetime) -> None:
    """Work a round's score out and hand it to the game; without evidence an answer earns what others score."""
    scored = scored_answers([round_.pk], project, by=round_.annotator_id)
    paid = score_round([answer.score for answer in scored])
    award_round(round=round_, score=paid.score, points=paid.points, visible_at=visible_at)


@dataclass(frozen=True)
class Scored:
    """An answer and what it is worth as things stand, 0-1. Never stored, never shown by itself (I4)."""

    annotation: Annotation
    score: float


def scored_answers(rounds: Collection[UUID], project: Project, *, by: UUID | None) -> list[Scored]:
    """All answers of rounds that `by` played in a project."""
    expected = reliability.typical_score(project, without=by)
    given = Annotation.objects.filter(round__in=rounds).select_related("task__image", "task__label").defer("trace")
    answers = list(given)
    return [
        Scored(
            answer,
            score_answer(answer.answer, kind=project.kind, evidence=evidence, expected=expected, size=_size(answer)),
        )
        for answer, evidence in zip(
            answers, _evidence(project, answers, alike_in(project)[by] if by else ()), strict=True
        )
    ]


def _size(answer: Annotation) -> tuple[int, int]:
    return answer.task.image.height, answer.task.image.width


def _evidence(project: Project, answers: Sequence[Annotation], twins: Collection[UUID]) -> list[Evidence]:
    """What each answer is held against: a moderator's word, or the crowd without this annotator and their twins.

    Gold is no exception, and what its answers taught about the crowd is left out (`quality.domain.scoring`). So is what
    gold taught of all labels: whoever answers one wrongly must not see it in what later rounds pay (I4). All classes
    are alike beforehand: how common one is, open tasks alone tell, this annotator's own answers to them included.
    """
    tasks = [answer.task_id for answer in answers]
    settled = Consensus.objects.filter(task__in=tasks).exclude(source=Consensus.Source.CROWD)
    said = {row.task_id: KnownAnswer(row.answer) for row in settled}
    votes = weighing.counted_votes([task_id for task_id in tasks if task_id not in said])
    lessons = weighing.lessons_of(votes)
    weighed = replace(weighing.Weighing.load(project, chain.from_iterable(votes.values())), prior=None)
    found: list[Evidence] = []
    for answer in answers:
        own = {answer.annotator_id, *twins}
        others = [vote for vote in votes.get(answer.task_id, ()) if vote.annotator not in own]
        crowd = weighed.without(lessons.get(answer.task_id, {})).fuse_alone(others, size=_size(answer))
        found.append(said.get(answer.task_id) or crowd)
    return found
