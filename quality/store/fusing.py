"""Consensus: the fused label of every open task, fused again whenever its answers or its annotators' standing change.

Gold tasks are fused as well, since the same stopping rule runs on them as if nobody knew their answer (I3); of their
labels only how good they were is stored, and how good they were expected to be (`quality.store.recalibration`).
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from quality.domain.consensus import Fused, Vote, fuse
from quality.domain.prevalence import prevalence
from quality.domain.recalibration import Recalibration, expected_quality, recalibrated
from quality.domain.reliability import Reliability
from quality.domain.rubrics import RubricResult
from quality.domain.stopping import StoppingRule, risk_of
from quality.domain.unlabelled import as_if_unlabelled
from quality.store.models import Consensus, Draft, GoldTruth, Grade, TaskState
from quality.store.policies import policy_of, stopping_rule
from quality.store.proposals import ASSIST, FEWEST_VOICES
from quality.store.recalibration import realised_by, recalibration_of
from quality.store.reliability import has_taught, reliabilities
from quality.store.truths import approved_truths
from webapp.projects.models import Project

BATCH = 100
SECONDS = 0.3  # of one step; what is left stays marked
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

    @classmethod
    def load(cls, project: Project, votes: Iterable[CountedVote]) -> "Weighing":
        """For all who gave one of `votes`."""
        people = {vote.annotator for vote in votes if vote.annotator}
        labels = list(project.labels.values_list("key", flat=True))
        return cls(project, reliabilities(project, people), labels, class_prior(project), recalibration_of(project))

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
        return fuse(self.project.kind, given, self.known, labels=self.labels, prior=self.prior, size=size)


def refresh_stale() -> int:
    """Fuse again tasks that are marked, for a moment; returns how many were looked at."""
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
    policy = policy_of(project)
    rule, is_drafting = stopping_rule(policy), policy.proposal_share > 0
    lessons, truths = lessons_of(votes), approved_truths(votes)
    done: list[_Refreshed] = []
    for state in states:
        image = state.task.image
        size = image.height, image.width
        given = votes[state.task_id]
        mine = weighing.without(lessons[state.task_id]) if state.task_id in lessons else weighing
        alone = mine.fuse_alone(given, size=size)
        fused = mine.set_right(alone)
        draft = _draft(state, given, fused, mine) if is_drafting else None
        pair = _pair(truths.get(state.task_id), project.kind, alone, size)
        done.append(_refreshed(state, given, fused, rule, mine, draft, pair))
        if time.monotonic() > until:
            break
    _write(done)
    return len(done)


def _pair(truth: GoldTruth | None, kind: str, fused: Fused | None, size: tuple[int, int]) -> tuple[float, float] | None:
    """What was expected of a gold task's label, and what it was."""
    realised = realised_by(truth, kind, fused.answer, size=size) if truth and fused else None
    if fused is None or realised is None:
        return None
    return expected_quality(kind, fused.probabilities, fused.uncertainty), realised


def _draft(state: TaskState, given: Sequence[CountedVote], fused: Fused | None, weighing: Weighing) -> Draft | None:
    """What the people without a prefilled answer say: they alone, or proposals would prove themselves right."""
    voices = [vote for vote in given if vote.proposal in ("", ASSIST)]
    if len(voices) < FEWEST_VOICES:
        return None
    if len(voices) < len(given):
        fused = weighing.fuse(voices, size=(state.task.image.height, state.task.image.width))
    return Draft(task_id=state.task_id, answer=fused.answer, voices=len(voices)) if fused else None


def lessons_of(task_ids: Collection[UUID]) -> dict[UUID, dict[UUID, RubricResult]]:
    """What was learnt from answers to those of these tasks that are gold: task -> annotator -> result."""
    found: dict[UUID, dict[UUID, RubricResult]] = defaultdict(dict)
    graded = Grade.objects.filter(task__in=task_ids, gold_score__isnull=False, annotator__isnull=False)
    for task_id, annotator_id, *result in graded.values_list("task", "annotator", "gold_score", "details"):
        found[task_id][annotator_id] = RubricResult(*result)
    return found


@dataclass(frozen=True)
class _Refreshed:
    """A task as it was when its votes were read, and what became of them. `wanted`: answers, as things stand; `pair`:
    of gold, expected and realised quality."""

    state: TaskState
    votes: Sequence[CountedVote]
    fused: Fused | None
    risk: float | None
    wanted: int
    draft: Draft | None = None
    pair: tuple[float, float] | None = None

    @property
    def is_enough(self) -> bool:
        return self.state.counted >= self.wanted


def _refreshed(
    state: TaskState,
    votes: Sequence[CountedVote],
    fused: Fused | None,
    rule: StoppingRule,
    weighing: Weighing,
    draft: Draft | None,
    pair: tuple[float, float] | None,
) -> _Refreshed:
    """Ask the stopping rule; it is told nothing of whether the task is gold."""
    risk = risk_of(weighing.project.kind, fused) if rule.heeds_risk else None
    wanted = state.target
    if state.by_rule:
        known = [weighing.known[vote.annotator].n for vote in votes if vote.annotator in weighing.known]
        wanted = rule.wanted(
            counted=state.counted,
            target=state.target,
            risk=risk,
            known=sum(known) / max(len(votes), 1),
            done=state.state == TaskState.State.DONE,
        )
    return _Refreshed(state, votes, fused, risk, wanted, draft, pair)


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
    _store_need(list(same.values()))
    _store_drafts(same.values())
    pairs = {pk: entry.pair for pk, entry in same.items() if entry.pair}
    truths = [GoldTruth(pk=pk, expected=expected, realised=realised) for pk, (expected, realised) in pairs.items()]
    GoldTruth.objects.bulk_update(truths, ["expected", "realised"])
    enough = [pk for pk, entry in same.items() if entry.is_enough]
    lacking = [pk for pk, entry in same.items() if not entry.is_enough and entry.state.state == TaskState.State.DONE]
    TaskState.objects.filter(pk__in=enough, state=TaskState.State.OPEN).update(state=TaskState.State.DONE)
    if lacking:  # its people turned out to be worth less than they seemed; a moderator's word stands
        done = TaskState.objects.filter(pk__in=lacking, state=TaskState.State.DONE, by_rule=True)
        done.update(state=TaskState.State.OPEN)
    TaskState.objects.filter(pk__in=same).update(stale=0)


def _store_need(refreshed: Sequence[_Refreshed]) -> None:
    """Write how many answers the tasks want and the crowd's own risk, where the stopping rule goes by it."""
    changed = []
    for entry in refreshed:
        wanted = None if entry.wanted == entry.state.target else entry.wanted
        risk = None if entry.risk is None else round(entry.risk, 6)
        if (entry.state.wanted, entry.state.risk) != (wanted, risk):
            changed.append(TaskState(pk=entry.state.pk, wanted=wanted, risk=risk))
    if changed:
        TaskState.objects.bulk_update(changed, ["wanted", "risk"])


def _store_drafts(refreshed: Iterable[_Refreshed]) -> None:
    drafts = {entry.state.pk: entry.draft for entry in refreshed}
    found = [draft for draft in drafts.values() if draft]
    Draft.objects.bulk_create(found, update_conflicts=True, unique_fields=["task"], update_fields=["answer", "voices"])
    Draft.objects.filter(task__in=[pk for pk, draft in drafts.items() if draft is None]).delete()


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
