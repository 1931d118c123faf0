"""Consensus: the fused label of every open task, fused again whenever its answers or its annotators' standing change.

Gold tasks are fused as well, since the same stopping rule runs on them as if nobody knew their answer (I3); of theirs
nothing is stored.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from quality.domain.consensus import FUSERS, Fused, Vote
from quality.domain.reliability import Reliability
from quality.domain.stopping import RULE
from quality.store.models import Consensus, GoldTruth, Grade, TaskState
from quality.store.reliability import reliabilities
from webapp.projects.models import Project

BATCH = 100
SECONDS = 1.0  # of one step; what is left stays marked
PRIOR_FROM = 2000  # newest consensus rows that the class prior is taken from
PRIOR_EVERY = 60.0

_class_priors: dict[int, tuple[float, dict[str, float]]] = {}


@dataclass(frozen=True)
class CountedVote:
    """An answer that counts. `annotator` is None for somebody who left."""

    annotation: UUID
    annotator: UUID | None
    answer: dict[str, Any]

    @property
    def key(self) -> UUID:
        """Who votes, to the fuser; of people who left each answer is somebody of its own."""
        return self.annotator or self.annotation


@dataclass(frozen=True)
class Weighing:
    """What the votes of a project's annotators are weighed with."""

    project: Project
    known: Mapping[Any, Reliability]
    labels: Sequence[str]
    prior: Mapping[str, float] | None

    @classmethod
    def load(cls, project: Project, votes: Iterable[CountedVote]) -> "Weighing":
        """For all who gave one of `votes`."""
        people = {vote.annotator for vote in votes if vote.annotator}
        labels = list(project.labels.values_list("key", flat=True))
        return cls(project, reliabilities(project, people), labels, class_prior(project))

    def fuse(self, votes: Sequence[CountedVote], *, size: tuple[int, int]) -> Fused | None:
        """Fuse votes of one task on a picture of `size` (h, w); None where there is none or nobody could tell."""
        given = [Vote(annotator=vote.key, answer=vote.answer) for vote in votes]
        try:
            return FUSERS[self.project.kind](given, self.known, labels=self.labels, prior=self.prior, size=size)
        except ValueError:
            return None


def refresh_stale() -> int:
    """Fuse again tasks that are marked, for about a second; returns how many were looked at."""
    until = time.monotonic() + SECONDS
    marked = TaskState.objects.filter(stale__gt=0).select_related("project", "task__image")
    by_project: dict[Project, list[TaskState]] = defaultdict(list)
    for state in marked.order_by("project", "draw")[:BATCH]:
        by_project[state.project].append(state)
    return sum(refresh(project, states, until=until) for project, states in by_project.items())


def refresh(project: Project, states: Sequence[TaskState], *, until: float) -> int:
    """Fuse the counted votes of tasks and ask the stopping rule, while `time.monotonic()` is before `until`.

    Fusing takes its time, so nothing is locked meanwhile; what changed in between leaves its task marked.
    """
    votes = counted_votes([state.task_id for state in states])
    weighing = Weighing.load(project, chain.from_iterable(votes.values()))
    done: list[_Refreshed] = []
    for state in states:
        image = state.task.image
        given = votes[state.task_id]
        done.append(_Refreshed(state, given, weighing.fuse(given, size=(image.height, image.width))))
        if time.monotonic() > until:
            break
    _write(done)
    return len(done)


@dataclass(frozen=True)
class _Refreshed:
    """A task as it was when its votes were read, and what became of them."""

    state: TaskState
    votes: Sequence[CountedVote]
    fused: Fused | None

    @property
    def is_enough(self) -> bool:
        uncertainty = self.fused.uncertainty if self.fused else None
        return RULE.enough(counted=self.state.counted, target=self.state.target, uncertainty=uncertainty)


@transaction.atomic
def _write(refreshed: Sequence[_Refreshed]) -> None:
    """Store what was fused of the tasks that did not change meanwhile."""
    read = {entry.state.pk: entry for entry in refreshed}
    locked = TaskState.objects.select_for_update(no_key=True).filter(pk__in=read).order_by("task")
    marks = dict(locked.values_list("pk", "stale"))
    same = {pk: entry for pk, entry in read.items() if marks.get(pk) == entry.state.stale}
    known = GoldTruth.objects.filter(task__in=same).exclude(state=GoldTruth.State.HELD)
    gold = set(known.values_list("task_id", flat=True))
    _store([entry for pk, entry in same.items() if pk not in gold])
    enough = [pk for pk, entry in same.items() if entry.is_enough]
    TaskState.objects.filter(pk__in=enough, state=TaskState.State.OPEN).update(state=TaskState.State.DONE)
    TaskState.objects.filter(pk__in=same).update(stale=0)


def counted_votes(task_ids: Collection[UUID]) -> dict[UUID, list[CountedVote]]:
    """Answers that count, by task, oldest first."""
    rows = Grade.objects.filter(task__in=task_ids, counted=True).order_by("annotation__submitted_at", "pk")
    votes: dict[UUID, list[CountedVote]] = {task_id: [] for task_id in task_ids}
    for task_id, *row in rows.values_list("task_id", "annotation_id", "annotation__annotator", "annotation__answer"):
        votes[task_id].append(CountedVote(*row))
    return votes


def class_prior(project: Project) -> dict[str, float] | None:
    """How common each class is among open tasks (I5); None for other kinds or before there is a consensus."""
    if project.kind != Project.Kind.CLASS:
        return None
    worked_out, prior = _class_priors.get(project.pk, (float("-inf"), {}))
    if time.monotonic() - worked_out > PRIOR_EVERY:
        newest = Consensus.objects.filter(project=project).order_by("-updated_at")
        prior = _mean(newest.values_list("probabilities", flat=True)[:PRIOR_FROM])
        if prior:
            _class_priors[project.pk] = (time.monotonic(), prior)
    return prior or None


def _mean(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row)
    everything = sum(total.values())
    return {key: value / everything for key, value in total.items()} if everything else {}


def _store(refreshed: Sequence[_Refreshed]) -> None:
    """Write the crowd's consensus; what an expert or a moderator said stays, with the crowd's votes beside it."""
    rows = Consensus.objects.select_for_update(no_key=True).filter(task__in=[entry.state.pk for entry in refreshed])
    present = {row.task_id: row for row in rows}
    settled, crowd, unsaid = [], [], []
    for entry in refreshed:
        row = present.get(entry.state.pk)
        if row is not None and row.source != Consensus.Source.CROWD:
            row.votes, row.updated_at = _listed(entry), timezone.now()
            settled.append(row)
        elif entry.fused is None:
            unsaid.append(entry.state.pk)
        else:
            crowd.append(_row(entry, entry.fused, version=row.version + 1 if row else 1))
    Consensus.objects.bulk_update(settled, ["votes", "updated_at"])
    Consensus.objects.filter(task__in=unsaid).delete()
    Consensus.objects.bulk_create(
        crowd,
        update_conflicts=True,
        unique_fields=["task"],
        update_fields=["answer", "probabilities", "uncertainty", "votes", "method", "version", "updated_at"],
    )


def _row(entry: _Refreshed, fused: Fused, *, version: int) -> Consensus:
    return Consensus(
        task_id=entry.state.task_id,
        project=entry.state.project,
        answer=fused.answer,
        probabilities=fused.probabilities,
        uncertainty=fused.uncertainty,
        votes=_listed(entry),
        method=fused.method,
        version=version,
        updated_at=timezone.now(),
    )


def _listed(entry: _Refreshed) -> list[dict[str, Any]]:
    weights = entry.fused.weights if entry.fused else [0.0] * len(entry.votes)
    return [
        {"annotation": str(vote.annotation), "annotator": str(vote.annotator or ""), "weight": weight}
        for vote, weight in zip(entry.votes, weights, strict=True)
    ]
