"""Consensus: the fused label of every open task, fused again whenever its answers or its annotators' standing change.

Gold tasks are fused as well, since the same stopping rule runs on them as if nobody knew their answer (I3); of their
labels only how good they were is stored, and how good they were expected to be (`quality.store.recalibration`).
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from quality.domain.consensus import Fused
from quality.domain.recalibration import expected_quality
from quality.domain.rubrics import RubricResult
from quality.domain.stopping import StoppingRule, risk_of
from quality.store import reliability
from quality.store.fairplay import alike_in
from quality.store.models import Consensus, Draft, GoldTruth, Grade, TaskState
from quality.store.peers import peer_results, unheard
from quality.store.policies import policy_of, stopping_rule
from quality.store.proposals import ASSIST, FEWEST_VOICES
from quality.store.recalibration import realised_by
from quality.store.truths import approved_truths
from quality.store.weighing import CountedVote, Weighing, counted_votes, lessons_of
from webapp.projects.models import Project

BATCH = 100
SECONDS = 0.3  # of one step; what is left stays marked


def refresh_stale() -> list[int]:
    """Fuse again tasks that are marked, for a moment; returns the project of each that was looked at."""
    until = time.monotonic() + SECONDS
    marked = TaskState.objects.filter(stale__gt=0).select_related("project", "task__image")
    by_project: dict[Project, list[TaskState]] = defaultdict(list)
    for state in marked.order_by("project", "draw")[:BATCH]:
        by_project[state.project].append(state)
    return [project.pk for project, states in by_project.items() for _ in range(refresh(project, states, until=until))]


def refresh(project: Project, states: Sequence[TaskState], *, until: float) -> int:
    """Fuse the counted votes of tasks and ask the stopping rule, while `time.monotonic()` is before `until`.

    Fusing takes its time, so nothing is locked meanwhile; what changed in between leaves its task marked.
    """
    votes = counted_votes([state.task_id for state in states])
    weighing = Weighing.load(project, chain.from_iterable(votes.values()))
    policy = policy_of(project)
    rule, is_drafting = stopping_rule(policy), policy.proposal_share > 0
    lessons, truths = lessons_of(votes), approved_truths(votes)
    asked, alike = unheard([state.task_id for state in states]), alike_in(project)
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
        entry = _refreshed(state, given, fused, rule, mine, draft, pair)
        if entry.is_enough and state.task_id not in truths:
            entry = replace(entry, heard=peer_results(given, asked, mine, alike, size=size))
        done.append(entry)
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


@dataclass(frozen=True)
class _Refreshed:
    """A task as it was when its votes were read, and what became of them. `wanted`: answers, as things stand; `pair`:
    of gold, expected and realised quality; `heard`: of open ones, how answers agree with the others' consensus."""

    state: TaskState
    votes: Sequence[CountedVote]
    fused: Fused | None
    risk: float | None
    wanted: int
    draft: Draft | None = None
    pair: tuple[float, float] | None = None
    heard: Mapping[UUID, RubricResult] = field(default_factory=dict)

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
    _store_heard([entry for pk, entry in same.items() if pk not in gold])
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


def _store_heard(refreshed: Sequence[_Refreshed]) -> None:
    """Each answer teaches once: the tasks are locked, and nobody else writes these scores."""
    found = {annotation: result for entry in refreshed for annotation, result in entry.heard.items()}
    new = Grade.objects.filter(annotation__in=found, annotator__isnull=False, peer_score__isnull=True)
    heard: list[tuple[UUID, RubricResult]] = []
    grades = list(new.order_by("graded_at", "pk"))
    for grade in grades:
        result = found[grade.annotation_id]
        grade.peer_score, grade.peer_details = result.score, result.details
        if grade.annotator_id:
            heard.append((grade.annotator_id, result))
    if heard:
        Grade.objects.bulk_update(grades, ["peer_score", "peer_details"])
        reliability.hear(refreshed[0].state.project, heard)


def _store_drafts(refreshed: Iterable[_Refreshed]) -> None:
    drafts = {entry.state.pk: entry.draft for entry in refreshed}
    found = [draft for draft in drafts.values() if draft]
    Draft.objects.bulk_create(found, update_conflicts=True, unique_fields=["task"], update_fields=["answer", "voices"])
    Draft.objects.filter(task__in=[pk for pk, draft in drafts.items() if draft is None]).delete()


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
