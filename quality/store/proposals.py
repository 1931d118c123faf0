"""Prefilled answers: where they come from, whom they are dealt to, and what an answer made of one.

A proposal is made from a draft: what the people who had none say of the task, fused as if no answer to it were known,
for gold as for open tasks. An error is planted in some; whether the truth is known plays no part in any of it (I3,
docs/adr/0017). What lies with the assignment is the prefilled answer alone; all else stays in this room.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import F

from quality.domain.proposals import PROPOSALS, Shares, corrected, draw_arms
from quality.domain.proposals import Arm as Arm
from quality.domain.rubrics import RUBRICS, RubricResult
from quality.store.models import Draft, GoldPolicy, GoldTruth, Proposal
from webapp.annotations.models import Annotation
from webapp.projects.models import Project
from webapp.tasks.models import Assignment, Task

FEWEST_VOICES = 3  # of a draft: fewer would show somebody another's answer (I7)
ASSIST = "assist"  # as a proposal's name: the outline that the assist drew


def shares_of(policy: GoldPolicy) -> Shares:
    return Shares(policy.proposal_share, policy.planted_share, policy.unaided_share)


def attach(
    assignments: Sequence[Assignment], project: Project, shares: Shares, rng: np.random.Generator
) -> list[Proposal]:
    """Draw how each new assignment is asked; sets `proposal` and `unaided`. Returns what is behind the proposals, to
    be stored after the assignments. Without proposals and an unaided arm nothing is drawn and nothing asked."""
    if not assignments or not (shares.proposed or shares.unaided):
        return []
    tasks = [assignment.task_id for assignment in assignments]
    drafts = dict(Draft.objects.filter(task__in=tasks).values_list("task", "answer")) if shares.proposed else {}
    sizes = dict(_sizes(drafts))
    labels = list(project.labels.values_list("key", flat=True))
    behind = []
    arms = draw_arms(rng, has_draft=[task_id in drafts for task_id in tasks], shares=shares)
    for assignment, arm in zip(assignments, arms, strict=True):
        assignment.unaided = arm is Arm.UNAIDED
        if not arm.is_proposed:
            continue
        draft = drafts[assignment.task_id]
        wrong = None
        if arm is Arm.PLANTED:
            kind = PROPOSALS[project.kind]
            wrong = kind.perturb(draft, labels=labels, size=sizes[assignment.task_id], rng=rng)
        assignment.proposal = wrong or draft
        behind.append(Proposal(assignment=assignment, draft=draft, planted=wrong is not None))
    return behind


def _sizes(task_ids: Iterable[UUID]) -> Iterable[tuple[UUID, tuple[int, int]]]:
    """(task, (height, width) of its picture)."""
    tasks = Task.objects.filter(pk__in=list(task_ids))
    return ((pk, (height, width)) for pk, height, width in tasks.values_list("pk", "image__height", "image__width"))


@dataclass(frozen=True)
class Leaning:
    """What an answer was made from. `proposal`: name of the prefilled answer or `ASSIST`, "" for none; `edit`: how far
    the answer moved away from it, 0-1. `behind`: of a prefilled one."""

    proposal: str = ""
    edit: float | None = None
    behind: Proposal | None = None

    @property
    def is_planted(self) -> bool:
        return self.behind is not None and self.behind.planted


def leanings(answers: Sequence[Annotation]) -> dict[UUID, Leaning]:
    """By annotation. `answers` come with assignment, task, project and image."""
    behind = Proposal.objects.in_bulk([answer.assignment_id for answer in answers])
    by_assist = _assisted(answers)
    return {answer.pk: _leaning(answer, behind.get(answer.assignment_id), by_assist) for answer in answers}


def _leaning(answer: Annotation, behind: Proposal | None, by_assist: Mapping[UUID, float]) -> Leaning:
    assisted, proposal = by_assist.get(answer.pk), answer.assignment.proposal
    if behind is None or proposal is None:
        return Leaning() if assisted is None else Leaning(ASSIST, assisted)
    image = answer.task.image
    kind = PROPOSALS[answer.task.project.kind]
    edit = kind.distance(proposal, answer.answer, size=(image.height, image.width))
    if assisted is not None and assisted < edit:  # they put the proposal away and asked the assist
        return Leaning(ASSIST, assisted, behind)
    return Leaning(name_of(proposal), edit, behind)


def name_of(proposal: Mapping[str, Any]) -> str:
    """The same for the same prefilled answer."""
    return hashlib.sha256(json.dumps(proposal, sort_keys=True).encode()).hexdigest()[:32]


def _assisted(answers: Collection[Annotation]) -> dict[UUID, float]:
    """Outlines that rest on the assist's, as the page reported: annotation -> how much was changed, 0-1.

    A page that lies gains nothing by claiming the assist's help and is taken at its word where it denies it.
    """
    traced = (
        Annotation.objects.filter(pk__in=[answer.pk for answer in answers], trace__assisted=True, answer__kind="mask")
        .annotate(iou=F("trace__assist__iou"))
        .values_list("pk", "iou")
    )
    return {pk: 1 - float(min(max(iou, 0), 1)) if _is_number(iou) else 0.0 for pk, iou in traced}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def with_proposal(
    result: RubricResult, annotation: Annotation, truth: GoldTruth, behind: Proposal | None
) -> RubricResult:
    """A graded answer that also says whether a planted error was left in it (`kept_planted`), where one was."""
    proposal = annotation.assignment.proposal
    if behind is None or not behind.planted or proposal is None or result.score is None:
        return result
    image, rubric = annotation.task.image, RUBRICS[annotation.task.project.kind]

    def score(shown: Mapping[str, Any]) -> float:
        graded = rubric(shown, truth.answer, known_region=truth.known_region, size=(image.height, image.width))
        return graded.score or 0.0

    undone = corrected(draft=score(behind.draft), proposal=score(proposal), answer=result.score)
    return result if undone is None else RubricResult(result.score, {**result.details, "kept_planted": not undone})
