"""Writes of the game, all by the worker: the ledger of round scores and the standings worked out from it."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from webapp.accounts.models import User
from webapp.game import badges, teams
from webapp.game.figures import NOTHING, Figures, Played, Scores, field_of, figures, ranks, rating, week_start
from webapp.game.ledger import summed
from webapp.game.models import Board, LookBack, RoundScore, Standing
from webapp.projects.models import Project
from webapp.tasks.models import Round

SMALLEST_SCORED = 10  # answers; fewer are never scored by themselves (I4)
WITHHELD = datetime(9999, 1, 1, tzinfo=UTC)  # of a short round that waits to be merged with the next
STEP = 5  # scores and points are multiples of it (I4)


@transaction.atomic
def award_round(*, round: Round, score: int, points: int, visible_at: datetime) -> RoundScore:
    """Enter a round into the ledger, once: repeated calls change nothing and return the first entry.

    `score` 0-100 and `points` >= 0 are rounded to fives. A round of fewer than ten answers is held back until enough of
    them came together; then they share one score, and the last of them bears the points of all.
    """
    if not 0 <= score <= 100 or points < 0:
        raise ValueError(f"A round's score is 0-100 and its points are not negative; they are {score} and {points}.")
    entry, created = RoundScore.objects.get_or_create(
        round=round,
        defaults={
            "annotator_id": round.annotator_id,
            "project_id": round.project_id,
            "score": rounded(score),
            "points": rounded(points),
            "visible_at": visible_at if round.size >= SMALLEST_SCORED else WITHHELD,
        },
    )
    if created and round.size < SMALLEST_SCORED and round.annotator_id is not None:
        _merge_short(round, visible_at)
        entry.refresh_from_db()
    return entry


def _merge_short(last: Round, visible_at: datetime) -> None:
    """Show the person's short rounds together, as soon as they have ten answers between them."""
    waiting = list(
        RoundScore.objects.select_related("round").filter(
            annotator=last.annotator_id, project=last.project_id, visible_at=WITHHELD
        )
    )
    answers = sum(entry.round.size for entry in waiting)
    if answers < SMALLEST_SCORED:
        return
    together = rounded(sum(entry.score * entry.round.size for entry in waiting) / answers)
    points = sum(entry.points for entry in waiting)
    for entry in waiting:
        entry.score = together
        entry.points = points if entry.round_id == last.pk else 0
        entry.visible_at = visible_at
        entry.save()


def rounded(value: float) -> int:
    return int(value / STEP + 0.5) * STEP


def tick(now: datetime) -> int:
    """The worker's step: refresh the standings of every project whose ledger or week moved on. Returns how many."""
    _follow_merged_people()
    stale = [project for project in Project.objects.only("pk") if _is_stale(project, now)]
    teams.refresh(now=now, all_of_them=bool(stale))  # first: killed in between, the boards are still stale
    for project in stale:
        refresh_standings(project=project, now=now)
    return len(stale)


def _follow_merged_people() -> None:
    """A guest's rounds count for the account that the guest joined."""
    models: tuple[type[RoundScore] | type[LookBack], ...] = (RoundScore, LookBack)
    for model in models:
        moved = model._default_manager.exclude(annotator__merged_into=None)
        pairs = moved.order_by().values_list("annotator", "annotator__merged_into", "project").distinct()
        for guest, account, project in pairs:
            with transaction.atomic():
                model._default_manager.filter(annotator=guest, project=project).update(annotator=account)
                Standing.objects.filter(annotator=guest).delete()
                Board.objects.filter(project=project).delete()
    teams.follow_merged_people()


def _shown(project: Project, now: datetime) -> QuerySet[RoundScore]:
    return RoundScore.objects.filter(project=project, visible_at__lte=now, annotator__is_active=True)


def _credits(project: Project, now: datetime) -> QuerySet[LookBack]:
    return LookBack.objects.filter(
        project=project, credited_at__lte=now, credit__gt=0, annotator__is_active=True
    ).order_by()


def _is_stale(project: Project, now: datetime) -> bool:
    board = Board.objects.filter(project=project).first()
    count = _shown(project, now).count() + _credits(project, now).count()
    if board is None:
        return count > 0
    return board.rounds != count or board.refreshed_at < week_start(now)


@transaction.atomic
def refresh_standings(*, project: Project, now: datetime | None = None) -> None:
    """Work out again the standings of those who played since the last time, and everybody's rank. Safe to repeat."""
    now = now or timezone.now()
    board = Board.objects.filter(project=project).first()
    new_week = board is None or board.refreshed_at < week_start(now)
    standings = {s.annotator_id: s for s in Standing.objects.filter(project=project)}
    scores = summed(_shown(project, now), by="annotator")
    points = dict(_shown(project, now).order_by().values_list("annotator").annotate(Sum("points")))
    credits = dict(_credits(project, now).values_list("annotator").annotate(Sum("credit")))
    for annotator, found in scores.items():
        standing = standings.get(annotator)
        total = (points[annotator] + credits.get(annotator, 0), found.rounds)
        if new_week or standing is None or (standing.points, standing.rounds) != total:
            standings[annotator] = _worked_out(project, annotator, standing, credits.get(annotator, 0), now)
    gone = standings.keys() - scores.keys()
    Standing.objects.filter(project=project, annotator__in=gone).delete()
    weekly = summed(_shown(project, now).filter(visible_at__gte=week_start(now)), by="annotator")
    _rank([s for annotator, s in standings.items() if annotator not in gone], scores, weekly)
    counted = sum(found.rounds for found in scores.values()) + _credits(project, now).count()
    Board.objects.update_or_create(project=project, defaults={"rounds": counted, "refreshed_at": now})


def _worked_out(project: Project, annotator: UUID, standing: Standing | None, credit: int, now: datetime) -> Standing:
    rows = _shown(project, now).filter(annotator=annotator).order_by("visible_at", "pk")
    found = figures([Played(*row) for row in rows.values_list("points", "score", "visible_at")], now, credit=credit)
    standing = standing or Standing(project=project, annotator_id=annotator)
    _take_over(standing, found)
    standing.save()
    return standing


def _take_over(standing: Standing, found: Figures) -> None:
    standing.points = found.points
    standing.points_week = found.points_week
    standing.rounds = found.rounds
    standing.rounds_week = found.rounds_week
    standing.level = found.level
    standing.days_this_week = found.days_this_week
    standing.streak_weeks = found.streak_weeks
    standing.badges = badges.earned(found, before=standing.badges)


def _rank(standings: list[Standing], scores: dict[UUID, Scores], weekly: dict[UUID, Scores]) -> None:
    """Ratings of all, and ranks among those who want to be on the boards; 0 for the others."""
    field = field_of(scores.values())
    before = {s.pk: (s.rating, s.rating_week, s.rank, s.rank_week) for s in standings}
    for standing in standings:
        standing.rating = rating(scores[standing.annotator_id], field)
        standing.rating_week = rating(weekly.get(standing.annotator_id, NOTHING), field)
    hidden = set(User.objects.filter(on_boards=False).values_list("pk", flat=True))
    public = [s for s in standings if s.annotator_id not in hidden]
    overall = ranks({s.pk: s.rating for s in public})
    this_week = ranks({s.pk: s.rating_week for s in public})
    for standing in standings:
        standing.rank, standing.rank_week = overall.get(standing.pk, 0), this_week.get(standing.pk, 0)
    changed = [s for s in standings if (s.rating, s.rating_week, s.rank, s.rank_week) != before[s.pk]]
    Standing.objects.bulk_update(changed, ["rating", "rating_week", "rank", "rank_week"], batch_size=500)
