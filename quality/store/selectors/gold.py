"""Gold as staff see it: policy, stock, packs, candidates, what is disputed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count

from quality.store import disputes, practice
from quality.store.models import GoldPack, GoldTruth, Grade, TaskState
from quality.store.policies import RANGES, STOPPING, policy_of
from quality.store.selectors.tasks import TaskRow, rows_of
from webapp.projects.models import Project


@dataclass(frozen=True)
class Pack:
    """`counts`: its truths by state. `gates`: reports of fidelity, realism, memorisation."""

    id: int
    name: str
    manifest: dict[str, Any]
    gates: dict[str, Any]
    imported_by: str
    imported_at: datetime
    approved_by: str
    approved_at: datetime | None
    counts: dict[str, int]


@dataclass(frozen=True)
class GoldItem:
    """A truth beside its picture. `is_used`: as gold; `mean_score`: how people scored on it (0-1), over `n_graded`
    answers."""

    row: TaskRow
    pack_id: int | None
    truth: dict[str, Any]
    is_used: bool
    known_region: dict[str, Any] | None
    probability: float
    n_graded: int
    mean_score: float | None


def policy(project: Project) -> dict[str, Any]:
    """{"rate", "release_size", "score_delay_seconds", "spare_hands", "released_rate", "stopping", "risk_goal",
    "least_votes"}"""
    found = policy_of(project)
    names = (*RANGES, STOPPING, "released_rate")
    return {name: getattr(found, name) for name in names}


def gold_stock(project: Project) -> dict[str, Any]:
    """Truths by state ({"held", "candidate", ...}) and, of the approved ones, their tasks by state ("tasks")."""
    states = dict.fromkeys(GoldTruth.State.values, 0)
    truths = GoldTruth.objects.filter(project=project)
    states.update(truths.values_list("state").annotate(n=Count("pk")))
    approved = truths.filter(state=GoldTruth.State.APPROVED).values("task")
    tasks = dict.fromkeys(TaskState.State.values, 0)
    tasks.update(TaskState.objects.filter(task__in=approved).values_list("state").annotate(n=Count("pk")))
    return {**states, "tasks": tasks}


def packs(project: Project) -> list[Pack]:
    """The project's packs, the newest first."""
    found = GoldPack.objects.filter(project=project).select_related("imported_by", "approved_by")
    return [_pack(pack) for pack in found.order_by("-imported_at")]


def _pack(pack: GoldPack) -> Pack:
    counts = dict.fromkeys(GoldTruth.State.values, 0)
    counts.update(GoldTruth.objects.filter(pack=pack).values_list("state").annotate(n=Count("pk")))
    return Pack(
        id=pack.pk,
        name=pack.name,
        manifest=pack.manifest,
        gates=pack.gates,
        imported_by=pack.imported_by.username if pack.imported_by else "",
        imported_at=pack.imported_at,
        approved_by=pack.approved_by.username if pack.approved_by else "",
        approved_at=pack.approved_at,
        counts=counts,
    )


def gold_items(
    project: Project, *, state: str = "candidate", pack_id: int | None = None, offset: int = 0, limit: int = 60
) -> list[GoldItem]:
    """A page of truths in one state (held, candidate, approved, quarantined, retired)."""
    truths = GoldTruth.objects.filter(project=project, state=state)
    if pack_id is not None:
        truths = truths.filter(pack=pack_id)
    return _items(list(truths.order_by("task")[offset : offset + limit]))


def practice_offered(project: Project, *, limit: int) -> list[GoldItem]:
    """Known answers that may be made practice; see `quality.store.practice`."""
    return _items(list(practice.fit_for_practice(project).order_by("task")[:limit]))


def disputed_gold(project: Project) -> list[GoldItem]:
    """Approved truths that are probably wrong, by those who answered them."""
    return _items(list(GoldTruth.objects.filter(task__in=disputes.disputed(project))))


def _items(truths: list[GoldTruth]) -> list[GoldItem]:
    ids = [truth.task_id for truth in truths]
    rows = {row.id: row for row in rows_of(TaskState.objects.filter(task__in=ids))}
    graded = Grade.objects.filter(task__in=ids, gold_score__isnull=False).order_by().values_list("task")
    scores = {task: (n, mean) for task, n, mean in graded.annotate(n=Count("pk"), mean=Avg("gold_score"))}
    return [_item(truth, rows[truth.task_id], *scores.get(truth.task_id, (0, None))) for truth in truths]


def _item(truth: GoldTruth, row: TaskRow, n_graded: int, mean_score: float | None) -> GoldItem:
    return GoldItem(
        row=row,
        pack_id=truth.pack_id,
        truth=truth.answer,
        is_used=truth.state == GoldTruth.State.APPROVED,
        known_region=truth.known_region,
        probability=truth.probability,
        n_graded=n_graded,
        mean_score=mean_score,
    )


def simulation_truths(project: Project) -> dict[tuple[str, str | None], dict[str, Any]]:
    """All known answers of a project, held ones too, by (picture's file name, label asked for): for virtual crowds."""
    known: dict[tuple[str, str | None], dict[str, Any]] = {}
    rows = GoldTruth.objects.filter(project=project).values_list("task__image__file", "task__label__key", "answer")
    for file, label, answer in rows:
        known[file, label] = answer
    return known


def is_gold(task_id: UUID) -> bool:
    """Whether a task's answer is known and in use."""
    return GoldTruth.objects.filter(task=task_id, state=GoldTruth.State.APPROVED).exists()
