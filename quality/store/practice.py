"""Practice: expert-labelled pictures whose answer everybody may see from now on. They leave gold for ever.

Only pictures that nobody was dealt: whoever recognised one would know for sure that a picture of their rounds was
known. And only expert-labelled ones, which look like those of open tasks: computer-made pictures in the practice room
would show people, and programs, what to look for.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from quality.store.gold import GoldError
from quality.store.models import GoldTruth, TaskState
from webapp.accounts.models import StaffMember
from webapp.game.models import PracticeItem
from webapp.projects.models import Project
from webapp.tasks.models import Assignment, Task

State = GoldTruth.State
LONGEST = 500  # characters of an explanation


def fit_for_practice(project: Project) -> QuerySet[GoldTruth]:
    """Known answers that may be made practice: by an expert, of pictures that nobody was dealt any task of."""
    dealt = Assignment.objects.filter(task__image=OuterRef("task__image"))
    return GoldTruth.objects.filter(
        ~Exists(dealt),
        project=project,
        origin=GoldTruth.Origin.EXPERT,
        state__in=(State.HELD, State.CANDIDATE, State.APPROVED),
    )


@transaction.atomic
def make_practice(
    *, by: StaffMember | None, project: Project, tasks: Collection[UUID], explanation: str
) -> list[PracticeItem]:
    """Show these pictures with their answers and the explanation in the practice room; all their tasks end for good.

    Those that are not fit for it are passed over. Raises GoldError where the explanation is missing or too long.
    """
    words = cleaned_explanation(explanation)
    images = Task.objects.filter(project=project, pk__in=tasks).values("image")
    states = TaskState.objects.select_for_update().filter(task__image__in=images)  # no deal comes in between
    ids = list(states.order_by("task").values_list("task", flat=True))
    truths = list(
        fit_for_practice(project).filter(task__in=tasks).select_related("task__image").order_by("task__image__file")
    )
    position = PracticeItem.objects.filter(project=project).aggregate(last=Max("position"))["last"] or 0
    made = [_item(truth, words, position + number) for number, truth in enumerate(truths, start=1)]
    taken = [truth.task.image_id for truth in truths]
    TaskState.objects.filter(task__in=ids, task__image__in=taken).update(state=TaskState.State.RETIRED)
    GoldTruth.objects.filter(task__image__in=taken).update(state=State.RETIRED)
    return PracticeItem.objects.bulk_create(made)


def _item(truth: GoldTruth, explanation: str, position: int) -> PracticeItem:
    image = truth.task.image
    return PracticeItem(
        project_id=truth.project_id,
        label_id=truth.task.label_id,
        file=image.file,
        width=image.width,
        height=image.height,
        markers=image.markers,
        answer=truth.answer,
        known_region=truth.known_region,
        explanation=explanation,
        position=position,
    )


def explain_practice(*, by: StaffMember | None, project: Project, item: UUID, explanation: str) -> None:
    """Say it in other words. Raises GoldError."""
    words = cleaned_explanation(explanation)
    if not PracticeItem.objects.filter(project=project, pk=item).update(explanation=words):
        raise GoldError("There is no such picture in the practice room.")


def drop_practice(*, by: StaffMember | None, project: Project, item: UUID) -> None:
    """Take a picture out of the practice room. It was seen, so it comes back neither as gold nor as an open task."""
    if not PracticeItem.objects.filter(project=project, pk=item).delete()[0]:
        raise GoldError("There is no such picture in the practice room.")


def cleaned_explanation(explanation: str) -> str:
    words = " ".join(explanation.split())
    if not words:
        raise GoldError("Say in a sentence or two why this is the answer: practice without a reason teaches little.")
    if len(words) > LONGEST:
        raise GoldError(f"An explanation has at most {LONGEST} characters; this one has {len(words)}.")
    return words


def practice_items(project: Project) -> list[dict[str, Any]]:
    """What is in the practice room, in its order."""
    rows = PracticeItem.objects.filter(project=project).select_related("label")
    return [
        {
            "id": row.pk,
            "file": row.file,
            "width": row.width,
            "height": row.height,
            "label": row.label.key if row.label else None,
            "answer": row.answer,
            "explanation": row.explanation,
        }
        for row in rows
    ]
