"""What the votes of a task are weighed with: who gave them, how far each is trusted, how common each class is."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from quality.domain.consensus import Fused, Vote, fuse
from quality.domain.prevalence import prevalence
from quality.domain.recalibration import Recalibration, recalibrated
from quality.domain.reliability import Reliability
from quality.domain.rubrics import RubricResult
from quality.domain.unlabelled import as_if_unlabelled
from quality.store.models import Consensus, Grade
from quality.store.policies import policy_of
from quality.store.proposals import ASSIST
from quality.store.recalibration import recalibration_of
from quality.store.reliability import has_taught, reliabilities
from webapp.projects.models import Project

PRIOR_FROM = 2000  # newest consensus rows that the class prior is taken from
PRIOR_EVERY = 60.0

_class_priors: dict[int, tuple[float, dict[str, float]]] = {}


@dataclass(frozen=True)
class CountedVote:
    """An answer that counts. `annotator` is None for somebody who left. `proposal`, `edit`: as in `Vote`; a proposal
    is "" for none."""

    annotation: UUID
    annotator: UUID | None
    answer: dict[str, Any]
    proposal: str = ""
    edit: float | None = None

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
    learnt: Recalibration
    lazy: float

    @classmethod
    def load(cls, project: Project, votes: Iterable[CountedVote]) -> "Weighing":
        """For all who gave one of `votes`."""
        people = {vote.annotator for vote in votes if vote.annotator}
        labels = list(project.labels.values_list("key", flat=True))
        return cls(
            project,
            reliabilities(project, people),
            labels,
            class_prior(project),
            recalibration_of(project),
            policy_of(project).lazy,
        )

    def without(self, lessons: Mapping[UUID, RubricResult]) -> "Weighing":
        """As if what was learnt of people from these answers, {annotator: result}, were not known (I3)."""
        unlearnt = {
            annotator: as_if_unlabelled(self.project.kind, self.known[annotator], result)
            for annotator, result in lessons.items()
            if annotator in self.known and has_taught(self.known[annotator], result)
        }
        return replace(self, known={**self.known, **unlearnt})

    def fuse(self, votes: Sequence[CountedVote], *, size: tuple[int, int]) -> Fused | None:
        """Fuse votes of one task on a picture of `size` (h, w), what is expected of the label set right by what gold
        taught; None where there is none or nobody could tell."""
        return self.set_right(self.fuse_alone(votes, size=size))

    def set_right(self, fused: Fused | None) -> Fused | None:
        return fused and recalibrated(self.project.kind, fused, self.learnt)

    def fuse_alone(self, votes: Sequence[CountedVote], *, size: tuple[int, int]) -> Fused | None:
        """Like `fuse`, with the quality that the votes alone let expect."""
        given = [
            Vote(vote.key, vote.answer, vote.proposal or None, vote.edit, prompted=vote.proposal == ASSIST)
            for vote in votes
        ]
        return fuse(
            self.project.kind,
            given,
            self.known,
            labels=self.labels,
            prior=self.prior,
            size=size,
            lazy=self.lazy,
        )


def counted_votes(task_ids: Collection[UUID]) -> dict[UUID, list[CountedVote]]:
    """Answers that count, by task, oldest first."""
    rows = Grade.objects.filter(task__in=task_ids, counted=True).order_by("annotation__submitted_at", "pk")
    votes: dict[UUID, list[CountedVote]] = {task_id: [] for task_id in task_ids}
    columns = ("annotation_id", "annotation__annotator", "annotation__answer", "proposal", "edit")
    for task_id, *row in rows.values_list("task_id", *columns):
        votes[task_id].append(CountedVote(*row))
    return votes


def class_prior(project: Project) -> dict[str, float] | None:
    """How common each class is among open tasks (I5); None for other kinds or before there is a consensus."""
    if project.kind != Project.Kind.CLASS:
        return None
    worked_out, prior = _class_priors.get(project.pk, (float("-inf"), {}))
    if time.monotonic() - worked_out > PRIOR_EVERY:
        newest = Consensus.objects.filter(project=project).order_by("-updated_at")
        labels = list(project.labels.values_list("key", flat=True))
        prior = prevalence(newest.values_list("probabilities", flat=True)[:PRIOR_FROM], labels)
        if prior:
            _class_priors[project.pk] = (time.monotonic(), prior)
    return prior or None


def lessons_of(task_ids: Collection[UUID]) -> dict[UUID, dict[UUID, RubricResult]]:
    """What was learnt from answers to those of these tasks that are gold: task -> annotator -> result."""
    found: dict[UUID, dict[UUID, RubricResult]] = defaultdict(dict)
    graded = Grade.objects.filter(task__in=task_ids, gold_score__isnull=False, annotator__isnull=False)
    for task_id, annotator_id, *result in graded.values_list("task", "annotator", "gold_score", "details"):
        found[task_id][annotator_id] = RubricResult(*result)
    return found
