"""The score of a round, at its fixed delay: every answer against the truth or against the other people's consensus.

Only the round's one rounded figure leaves this room; what each answer earned is stored nowhere (I4).
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from quality.domain.scoring import Evidence, KnownAnswer, score_answer, score_round
from quality.store import fusing, reliability
from quality.store.dealing import policy_of
from quality.store.models import Consensus, GoldTruth
from webapp.annotations.models import Annotation
from webapp.game.models import RoundScore
from webapp.game.services import award_round
from webapp.projects.models import Project
from webapp.tasks.models import Round

BATCH = 50
LONGEST_DELAY = 30  # seconds
AHEAD = timedelta(seconds=4)  # worked out a little before it is shown, so that it is shown on time


def tick(now: datetime) -> int:
    """Score rounds whose time has come; returns how many. Safe to repeat."""
    unscored = Round.objects.filter(
        ~Exists(RoundScore.objects.filter(round=OuterRef("pk"))),
        completed_at__lte=now,
        annotator__isnull=False,
    ).select_related("project")
    scored = 0
    for round_ in unscored.order_by("completed_at")[:BATCH]:
        delay = timedelta(seconds=min(policy_of(round_.project).score_delay_seconds, LONGEST_DELAY))
        assert round_.completed_at is not None
        if now >= round_.completed_at + max(delay - AHEAD, delay / 2):
            score(round_, visible_at=max(round_.completed_at + delay, now))
            scored += 1
    return scored


def score(round_: Round, *, visible_at: datetime) -> None:
    """Work a round's score out and hand it to the game."""
    expected = reliability.prior_of(round_.project).mean
    answers = Annotation.objects.filter(round=round_).select_related("task__image").defer("trace")
    scores = [_score_answer(answer, round_.project, expected) for answer in answers]
    if not scores:  # its answers were taken along
        return
    paid = score_round(scores)
    award_round(round=round_, score=paid.score, points=paid.points, visible_at=visible_at)


def _score_answer(annotation: Annotation, project: Project, expected: float) -> float:
    image = annotation.task.image
    size = (image.height, image.width)
    evidence = _evidence(annotation, project, size)
    return score_answer(annotation.answer, kind=project.kind, evidence=evidence, expected=expected, size=size)


def _evidence(annotation: Annotation, project: Project, size: tuple[int, int]) -> Evidence:
    """What the answer is held against: the truth, a moderator's word, or the crowd without this annotator."""
    truth = GoldTruth.objects.filter(task=annotation.task_id, state=GoldTruth.State.APPROVED).first()
    if truth is not None:
        return KnownAnswer(truth.answer, truth.known_region)
    settled = Consensus.objects.filter(task=annotation.task_id).exclude(source=Consensus.Source.CROWD).first()
    if settled is not None:
        return KnownAnswer(settled.answer)
    others = fusing.counted_votes(annotation.task_id, without=annotation.annotator_id)
    return fusing.fuse(project, others, size=size) if others else None
