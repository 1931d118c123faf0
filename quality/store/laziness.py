"""How often a project's people accept prefilled answers unlooked at: seen from planted errors.

Of those who keep a planted error some would have said the same by themselves, as often as people do who were asked
without a proposal; the others did not look. No truth takes part, so gold and open tasks teach alike and are weighed
alike (I3). Worked out every now and then; where it moved, labels that rest on proposals are fused again
(docs/adr/0021).
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from quality.domain.consensus import LAZY
from quality.domain.consensus.assist import laziness_of
from quality.domain.proposals import PROPOSALS, UNEDITED
from quality.store.models import GoldPolicy, Grade, Proposal, TaskState
from quality.store.policies import policy_of
from quality.store.proposals import ASSIST
from webapp.annotations.models import Annotation
from webapp.projects.models import Project

MOST = 2_000  # planted errors; any, since ids are random, but always the same ones
MATERIAL = 0.03  # a smaller change is not worth fusing anything again


def learn_laziness(project: Project) -> bool:
    """Work it out again; True where it moved.

    Of class answers only: somebody who looks at an outline leaves most of it as it is. Never above what is believed of
    people before anything is seen: labels did not gain by it (docs/benchmarks.md).
    """
    if project.kind != Project.Kind.CLASS:
        return False
    lazy = min(laziness_of(*kept_and_alike(project)), LAZY)
    if abs(lazy - policy_of(project).lazy) < MATERIAL:
        return False
    GoldPolicy.objects.filter(project=project).update(lazy=lazy)
    leaning = Grade.objects.filter(task__project=project, counted=True).exclude(proposal__in=("", ASSIST))
    TaskState.objects.filter(task__in=leaning.values("task")).update(stale=F("stale") + 1)
    return True


def kept_and_alike(project: Project) -> tuple[list[float], list[float]]:
    """Of each planted error: whether it was kept (0 or 1), and the share of those who answered the task later without a
    proposal and said the same. Those before may be the draft that it was planted in, which it must disagree with."""
    answered = Proposal.objects.filter(
        planted=True, assignment__task__project=project, assignment__annotation__isnull=False
    )
    columns = ("task", "claimed_at", "proposal", "annotation__answer")
    rows = answered.order_by("-assignment").values_list(*(f"assignment__{name}" for name in columns))[:MOST]
    alone = _without_proposal({task for task, *_ in rows})
    distance = PROPOSALS[project.kind].distance
    kept, alike = [], []
    for task, claimed_at, wrong, answer in rows:
        later = [said for said, at in alone[task] if at > claimed_at]
        if later:
            is_kept, *same = (distance(wrong, said, size=(1, 1)) <= UNEDITED for said in (answer, *later))
            kept.append(float(is_kept))
            alike.append(sum(same) / len(later))
    return kept, alike


def _without_proposal(tasks: set[UUID]) -> dict[UUID, list[tuple[dict[str, Any], datetime]]]:
    """Answers to these tasks and their times, by task."""
    found: dict[UUID, list[tuple[dict[str, Any], datetime]]] = defaultdict(list)
    given = Annotation.objects.filter(task__in=tasks, assignment__proposal__isnull=True)
    for task, answer, at in given.values_list("task", "answer", "submitted_at"):
        found[task].append((answer, at))
    return found
