"""What moderators decide about tasks: accept, revise, retire, close, reopen; flags; pictures with text in them."""

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from quality.store.models import Consensus, GoldTruth, Review, TaskState
from quality.store.studies import is_spent
from webapp.accounts.models import StaffMember
from webapp.annotations.answers import InvalidAnswer, Question, clean_answer
from webapp.annotations.models import Flag
from webapp.images.services import decide_text as decide_text_of_pictures
from webapp.projects.models import Project
from webapp.tasks.models import Task

Action = Review.Action
State = TaskState.State


class ReviewError(ValueError):
    """A decision that cannot be made; the message is one sentence."""


@transaction.atomic
def review(
    *,
    by: StaffMember | None,
    task_id: UUID,
    action: str,
    answer: dict[str, Any] | None = None,
    comment: str = "",
    as_expert: bool = False,
) -> None:
    """Write a moderator's decision on a task.

    accept: the consensus as it is. revise: `answer` in its place (`as_expert` ranks it above other revisions).
    close: no more answers wanted. retire: neither wanted nor exported. reopen: as many answers again as the project
    wants, and the crowd's own consensus. Raises ReviewError.
    """
    if action not in Action.values:
        raise ReviewError(f"A decision is one of {', '.join(Action.values)}; it is {action!r}.")
    found = (
        TaskState.objects.select_for_update(of=("self",))
        .select_related("project", "task__image")
        .filter(task=task_id)
        .first()
    )
    if found is None:
        raise ReviewError("There is no such task.")
    if is_spent(task_id):
        raise ReviewError("This picture belongs to a study and stays out of play.")
    if action in (Action.ACCEPT, Action.REVISE) and _is_gold(task_id):
        raise ReviewError("This task's answer is known already; retire it or withdraw its truth instead.")
    revised = cleaned(found, answer) if action == Action.REVISE else None
    _ACTIONS[action](found, revised, as_expert)
    Review.objects.create(task_id=task_id, by=by, action=action, answer=revised, comment=comment[:500])


def _is_gold(task_id: UUID) -> bool:
    return GoldTruth.objects.filter(task=task_id).exclude(state=GoldTruth.State.HELD).exists()


def cleaned(state: TaskState, answer: dict[str, Any] | None) -> dict[str, Any]:
    """A moderator's answer to a task, in the form of everybody's; ReviewError says what is wrong with it."""
    project, image = state.project, state.task.image
    labels = list(project.labels.values_list("key", flat=True))
    question = Question(kind=project.kind, labels=labels, width=image.width, height=image.height)
    try:
        said = clean_answer(answer, question)
    except InvalidAnswer as error:
        raise ReviewError(str(error)) from error
    if said["kind"] == "cannot_tell":
        raise ReviewError("A revision says what the answer is; retire a task that nobody can tell.")
    return said


def _accept(state: TaskState, answer: dict[str, Any] | None, as_expert: bool) -> None:
    accepted = Consensus.objects.filter(task=state.task_id)
    if not accepted.exists():
        raise ReviewError("There is no consensus to accept yet; revise the task to label it by hand.")
    crowd = accepted.filter(source=Consensus.Source.CROWD)
    crowd.update(source=Consensus.Source.REVISED, version=F("version") + 1, updated_at=timezone.now())
    _close(state, answer, as_expert)


def _revise(state: TaskState, answer: dict[str, Any] | None, as_expert: bool) -> None:
    source = Consensus.Source.EXPERT if as_expert else Consensus.Source.REVISED
    present = Consensus.objects.select_for_update().filter(task=state.task_id).first()
    if present and present.source == Consensus.Source.EXPERT and not as_expert:
        raise ReviewError("An expert has labelled this task; only an expert may change it.")
    Consensus.objects.update_or_create(
        task_id=state.task_id,
        defaults={
            "project": state.project,
            "source": source,
            "answer": answer,
            "probabilities": {},
            "uncertainty": 0.0,
            "method": "review",
            "version": present.version + 1 if present else 1,
        },
    )
    _close(state, answer, as_expert)


def _close(state: TaskState, answer: dict[str, Any] | None, as_expert: bool) -> None:
    TaskState.objects.filter(pk=state.pk).update(by_rule=False)
    _set(state, State.DONE)


def _retire(state: TaskState, answer: dict[str, Any] | None, as_expert: bool) -> None:
    GoldTruth.objects.filter(task=state.task_id).exclude(state=GoldTruth.State.HELD).update(
        state=GoldTruth.State.RETIRED
    )
    _set(state, State.RETIRED)


def _reopen(state: TaskState, answer: dict[str, Any] | None, as_expert: bool) -> None:
    Consensus.objects.filter(task=state.task_id).update(source=Consensus.Source.CROWD)
    if state.counted + state.held >= state.target:
        state.target = state.counted + state.held + state.project.redundancy
    state.by_rule, state.wanted = False, None
    state.stale += 1
    state.save(update_fields=["target", "wanted", "by_rule", "stale"])
    _set(state, State.OPEN if state.released_at else State.WAITING)


def _set(state: TaskState, value: str) -> None:
    TaskState.objects.filter(pk=state.pk).update(state=value)


_ACTIONS: dict[str, Callable[[TaskState, dict[str, Any] | None, bool], None]] = {
    Action.ACCEPT: _accept,
    Action.REVISE: _revise,
    Action.CLOSE: _close,
    Action.RETIRE: _retire,
    Action.REOPEN: _reopen,
}


def retire_tasks(*, by: StaffMember | None, project: Project, tasks: Iterable[UUID], comment: str = "") -> int:
    """Retire many tasks of a project at once; returns how many."""
    ids = TaskState.objects.filter(project=project, task__in=list(tasks)).exclude(state=State.RETIRED)
    chosen = list(ids.values_list("task_id", flat=True))
    for task_id in chosen:
        review(by=by, task_id=task_id, action=Action.RETIRE, comment=comment)
    return len(chosen)


@transaction.atomic
def resolve_flags(*, by: StaffMember | None, project: Project, task_id: UUID) -> int:
    """Mark all flags on a task as seen to; returns how many."""
    flags = Flag.objects.filter(assignment__task=task_id, assignment__task__project=project, resolved_at=None)
    return flags.update(resolved_at=timezone.now())


@transaction.atomic
def decide_text(*, by: StaffMember, project: Project, images: Collection[UUID], clear: bool) -> int:
    """A moderator looked at pictures suspected to bear text (I13): their tasks wait like others, or are retired."""
    mine = list(Task.objects.filter(project=project, image__in=images).values_list("image_id", flat=True).distinct())
    blocked = TaskState.objects.filter(task__image__in=mine, state=State.BLOCKED)
    tasks = list(blocked.values_list("task_id", flat=True))
    TaskState.objects.filter(task__in=tasks).update(state=State.WAITING if clear else State.RETIRED)
    return decide_text_of_pictures(by=by, images=mine, clear=clear)
