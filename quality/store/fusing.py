"""Consensus: the fused label of every open task, fused again whenever its answers or its annotators' standing change.

Gold tasks are fused as well, since the same stopping rule runs on them as if nobody knew their answer (I3); of theirs
nothing is stored.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from quality.domain.consensus import FUSERS, Fused, Vote
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


def refresh_stale() -> int:
    """Fuse again tasks that are marked, for about a second; returns how many were."""
    began = time.monotonic()
    marked = TaskState.objects.filter(stale__gt=0).select_related("project", "task__image")
    done = 0
    for state in marked.order_by("project", "draw")[:BATCH]:
        refresh(state)
        done += 1
        if time.monotonic() - began > SECONDS:
            break
    return done


def refresh(state: TaskState) -> None:
    """Fuse one task's counted votes and ask the stopping rule.

    Fusing takes its time, so nothing is locked meanwhile; what changed in between leaves the task marked.
    """
    votes = counted_votes(state.task_id)
    image = state.task.image
    fused = fuse(state.project, votes, size=(image.height, image.width))
    with transaction.atomic():
        seen = TaskState.objects.filter(pk=state.pk, stale=state.stale).update(stale=0)
        if not seen:
            return
        if not GoldTruth.objects.filter(task=state.task_id).exclude(state=GoldTruth.State.HELD).exists():
            _store(state, votes, fused)
        uncertainty = fused.uncertainty if fused else None
        if RULE.enough(counted=state.counted, target=state.target, uncertainty=uncertainty):
            TaskState.objects.filter(pk=state.pk, state=TaskState.State.OPEN).update(state=TaskState.State.DONE)


def counted_votes(task_id: UUID, *, without: UUID | None = None) -> list[CountedVote]:
    """Answers that count, oldest first; `without` leaves one annotator's out."""
    grades = Grade.objects.filter(task=task_id, counted=True)
    if without is not None:
        grades = grades.exclude(annotation__annotator=without)
    rows = grades.order_by("annotation__submitted_at", "pk")
    return [
        CountedVote(*row) for row in rows.values_list("annotation_id", "annotation__annotator", "annotation__answer")
    ]


def fuse(project: Project, votes: Sequence[CountedVote], *, size: tuple[int, int]) -> Fused | None:
    """Fuse votes of one task; None where there is none or nobody could tell."""
    known = reliabilities(project, [vote.annotator for vote in votes if vote.annotator])
    labels = list(project.labels.values_list("key", flat=True))
    try:
        return FUSERS[project.kind](
            [Vote(annotator=vote.key, answer=vote.answer) for vote in votes],
            known,
            labels=labels,
            prior=class_prior(project),
            size=size,
        )
    except ValueError:
        return None


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


def _store(state: TaskState, votes: Sequence[CountedVote], fused: Fused | None) -> None:
    """Write the crowd's consensus; what an expert or a moderator said stays, with the crowd's votes beside it."""
    weights = fused.weights if fused else [0.0] * len(votes)
    listed = [
        {"annotation": str(vote.annotation), "annotator": str(vote.annotator or ""), "weight": weight}
        for vote, weight in zip(votes, weights, strict=True)
    ]
    present = Consensus.objects.select_for_update(no_key=True).filter(task=state.task_id).first()
    if present is not None and present.source != Consensus.Source.CROWD:
        present.votes = listed
        present.save(update_fields=["votes", "updated_at"])
    elif fused is None:
        Consensus.objects.filter(task=state.task_id).delete()
    else:
        Consensus.objects.update_or_create(
            task_id=state.task_id,
            defaults={
                "project": state.project,
                "answer": fused.answer,
                "probabilities": fused.probabilities,
                "uncertainty": fused.uncertainty,
                "votes": listed,
                "method": fused.method,
                "version": F("version") + 1 if present else 1,
            },
        )
