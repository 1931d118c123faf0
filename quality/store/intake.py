"""Import: pictures become tasks; labels that come along become truths, held back or used as gold.

Pictures, tasks and truths of a batch are written in one transaction, so that an import that is killed half way leaves
nothing half there, and the same import again goes on where it stopped.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from quality.domain.injection import feasible_rate
from quality.store.gold import GoldError, shuffle_waiting, split_gold
from quality.store.models import GoldTruth, TaskState
from quality.store.policies import policy_of
from quality.store.studies import spent_images
from quality.store.truths import gold_states, open_states
from webapp.accounts.models import StaffMember
from webapp.images.models import Image
from webapp.images.services import ImportOptions, ImportReport, TakenImage, import_path
from webapp.projects.models import Project
from webapp.tasks.models import Task
from webapp.tasks.services import create_tasks

CHUNK = 500


@dataclass(frozen=True)
class GoldShare:
    """How many of the tasks whose answer came along become gold; the others are held back and live as open ones.

    share: 0-1, drawn at random. number: so many in place of a share. by_group: whole patients or slides together.
    """

    share: float = 0.0
    number: int | None = None
    by_group: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise GoldError(f"The share of gold lies between 0 and 1; it is {self.share}.")
        if self.number is not None and self.number < 0:
            raise GoldError(f"The number of gold tasks is 0 or more; it is {self.number}.")


@dataclass
class IntakeReport:
    """`pictures`: what the importer says. `rates`: what the project's gold now allows (see `gold_rates`)."""

    pictures: ImportReport
    tasks: int = 0
    gold: int = 0
    held: int = 0
    rates: dict[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """As JSON, for the import job and `--json`."""
        mine = {"tasks": self.tasks, "gold": self.gold, "held": self.held, "rates": self.rates}
        return {**self.pictures.summary(), **mine}


def import_images(
    *,
    by: StaffMember | None,
    project: Project,
    path: Path,
    options: ImportOptions | None = None,
    gold: GoldShare | None = None,
    progress: Callable[[int, int], None] | None = None,
    rng: np.random.Generator | None = None,
) -> IntakeReport:
    """Import pictures with their labels, make the tasks, and choose gold among those whose answer came along."""
    intake = _Intake(project, gold or GoldShare(), rng or np.random.default_rng())
    report = IntakeReport(
        import_path(by=by, project=project, path=Path(path), options=options, progress=progress, on_stored=intake.store)
    )
    # Pictures of an earlier run, killed or without its labels, get the tasks that they lack.
    for start in range(0, len(report.pictures.skipped), CHUNK):
        with transaction.atomic():
            intake.store(report.pictures.skipped[start : start + CHUNK])
    intake.draw_number()
    shuffle_waiting(project)
    report.tasks, report.gold, report.held = intake.tasks, intake.gold, intake.held
    report.rates = gold_rates(project)
    return report


class _Intake:
    """Makes tasks and truths of one import, batch by batch, and keeps the count that spreads the gold evenly."""

    def __init__(self, project: Project, gold: GoldShare, rng: np.random.Generator) -> None:
        self.project = project
        self.share = gold
        self.rng = rng
        self.labels = {label.key: label for label in project.labels.all()}
        self.tasks = self.gold = 0
        self.held_tasks: list[UUID] = []

    @property
    def held(self) -> int:
        return len(self.held_tasks)

    def store(self, taken: list[TakenImage]) -> None:
        """Tasks, their state and what is known of them, in the transaction of the pictures' rows."""
        self.labels = {label.key: label for label in self.project.labels.all()}  # an import may add to the set
        images = Image.objects.in_bulk([entry.image_id for entry in taken])
        entries = {entry.image_id: entry for entry in taken}
        rows = [(task, entries[task.image_id]) for task in self._new_tasks(images, taken)]
        TaskState.objects.bulk_create(
            TaskState(
                task=task,
                project=self.project,
                target=self.project.redundancy,
                state=TaskState.State.BLOCKED if entry.suspected else TaskState.State.WAITING,
            )
            for task, entry in rows
        )
        known = [(task, entry, answer) for task, entry in rows if (answer := self._answer(task, entry))]
        is_gold = self._choose([entry for _, entry, _ in known])
        GoldTruth.objects.bulk_create(
            GoldTruth(
                task=task,
                project=self.project,
                state=GoldTruth.State.APPROVED if use else GoldTruth.State.HELD,
                origin=GoldTruth.Origin.EXPERT,
                answer=answer,
            )
            for (task, _, answer), use in zip(known, is_gold, strict=True)
        )
        self.tasks += len(rows)
        self.gold += sum(is_gold)
        self.held_tasks += [task.pk for (task, _, _), use in zip(known, is_gold, strict=True) if not use]

    def draw_number(self) -> None:
        """Make the wanted number of what was held gold, drawn among all of the import."""
        if self.share.number is None:
            return
        chosen = self.rng.permutation(self.held)[: self.share.number]
        tasks = [self.held_tasks[number] for number in chosen]
        self.gold += split_gold(by=None, project=self.project, tasks=tasks)
        self.held_tasks = [task for task in self.held_tasks if task not in set(tasks)]

    def _new_tasks(self, images: dict[UUID, Image], taken: list[TakenImage]) -> list[Task]:
        """Tasks of these pictures; for masks of the labels that their label file covers, else of all."""
        asked: dict[tuple[str, ...], list[Image]] = defaultdict(list)
        spent = spent_images(images)
        for entry in taken:
            if entry.image_id in spent:
                continue
            covered = entry.labels.masks if self.project.kind == Project.Kind.MASK else None
            asked[tuple(key for key in covered or () if key in self.labels)].append(images[entry.image_id])
        return [
            task
            for keys, group in asked.items()
            for task in create_tasks(
                project=self.project, images=group, labels=[self.labels[key] for key in keys] or None
            )
        ]

    def _answer(self, task: Task, entry: TakenImage) -> dict[str, Any] | None:
        label = task.label.key if task.label else None
        return entry.labels.answer(kind=self.project.kind, label=label)

    def _choose(self, entries: list[TakenImage]) -> list[bool]:
        """Which of these labelled tasks become gold. Decided with the rows: the dealer may be at work already."""
        if self.share.by_group and self.share.number is None:
            return [self._coin(entry.group or entry.name) < self.share.share for entry in entries]
        if self.share.number is not None:
            return [False] * len(entries)  # drawn at the end, when all are there
        due = self.share.share * (self.gold + self.held + len(entries)) - self.gold
        wanted = min(max(int(due + self.rng.random()), 0), len(entries))
        chosen = set(self.rng.permutation(len(entries))[:wanted].tolist())
        return [number in chosen for number in range(len(entries))]

    def _coin(self, group: str) -> float:
        """0-1, the same for all of a group, in every batch and run."""
        digest = hashlib.sha256(f"{self.project.pk} {group}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


def gold_rates(project: Project) -> dict[str, Any]:
    """What the gold in stock allows: {"wanted", "feasible", "gold_waiting", "open_waiting"}; rates are shares, 0-1."""
    waiting = TaskState.State.WAITING
    n_gold = gold_states(project).filter(state=waiting).count()
    n_open = open_states(project).filter(state=waiting).count()
    wanted = policy_of(project).rate
    feasible = feasible_rate(wanted=wanted, n_gold=n_gold, n_open=n_open, target=project.redundancy)
    return {"wanted": wanted, "feasible": round(feasible, 4), "gold_waiting": n_gold, "open_waiting": n_open}
