"""A project's answers as they were given, for replaying under other policies."""

from collections.abc import Hashable
from typing import Any
from uuid import UUID

from quality.domain.replay import Recorded, Recording
from quality.domain.scoring import KnownAnswer
from quality.store.models import Consensus, GoldTruth, Grade, Proposal, TaskState
from quality.store.policies import policy_of
from quality.store.proposals import ASSIST
from webapp.annotations.models import Annotation
from webapp.projects.models import Project


def recording_of(project: Project) -> Recording:
    """All answers of a project, oldest first, with what they leaned on and what is known: gold in use teaches; held
    truths and what experts and moderators said are checks. Retired tasks and doubtful truths are left out."""
    left_out = TaskState.objects.filter(project=project, state=TaskState.State.RETIRED).values("task")
    doubtful = GoldTruth.objects.filter(project=project).exclude(
        state__in=(GoldTruth.State.APPROVED, GoldTruth.State.HELD)
    )
    given = (
        Annotation.objects.filter(task__project=project)
        .exclude(task__in=left_out)
        .exclude(task__in=doubtful.values("task"))
        .exclude(annotator__merged_into__isnull=False)
        .order_by("submitted_at", "pk")
    )
    answers: list[Recorded] = []
    sizes: dict[Hashable, tuple[int, int]] = {}
    leaning = _leaning(project)
    rows = given.values_list("pk", "task_id", "annotator_id", "answer", "task__image__height", "task__image__width")
    for pk, task_id, annotator_id, answer, height, width in rows.iterator():
        answers.append(Recorded(task_id, annotator_id or pk, answer, **leaning.get(pk, {})))
        sizes[task_id] = (height, width)
    truths: dict[str, dict[Hashable, KnownAnswer]] = {"approved": {}, "held": {}}
    for task_id, state, answer, region in GoldTruth.objects.filter(
        project=project, state__in=truths, task__in=list(sizes)
    ).values_list("task_id", "state", "answer", "known_region"):
        truths[state][task_id] = KnownAnswer(answer, region)
    settled = Consensus.objects.filter(project=project).exclude(source=Consensus.Source.CROWD)
    said = {task_id: KnownAnswer(answer) for task_id, answer in settled.values_list("task_id", "answer")}
    return Recording(
        kind=project.kind,
        labels=list(project.labels.values_list("key", flat=True)),
        answers=answers,
        gold=truths["approved"],
        checks={**{task: truth for task, truth in said.items() if task in sizes}, **truths["held"]},
        sizes=sizes,
        lazy=policy_of(project).lazy,
    )


def _leaning(project: Project) -> dict[UUID, dict[str, Any]]:
    """By annotation, what `Recorded` says of those that leaned on something."""
    planted = set(
        Proposal.objects.filter(assignment__task__project=project, planted=True).values_list("assignment", flat=True)
    )
    grades = Grade.objects.filter(task__project=project).exclude(proposal="")
    columns = ("annotation", "annotation__assignment", "proposal", "edit", "details__kept_planted")
    return {
        pk: {
            "proposal": proposal,
            "edit": edit,
            "prompted": proposal == ASSIST,
            "planted": assignment in planted,
            "kept_planted": kept,
        }
        for pk, assignment, proposal, edit, kept in grades.values_list(*columns)
    }
