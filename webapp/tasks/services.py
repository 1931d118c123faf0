"""Writes of this room: making tasks, claiming the next one, passing one over."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.images.models import Image
from webapp.projects.models import Label, Project
from webapp.tasks.claiming import Behind, Claim, ClaimedImage, Nothing, claim_next
from webapp.tasks.errors import Conflict, NotYours
from webapp.tasks.models import Assignment, Task

__all__ = [
    "Behind",
    "Claim",
    "ClaimedImage",
    "Conflict",
    "NotYours",
    "Nothing",
    "claim_next",
    "create_tasks",
    "skip",
]


@transaction.atomic
def create_tasks(*, project: Project, images: Iterable[Image], labels: Sequence[Label] | None = None) -> list[Task]:
    """One task an image; for mask projects one an image and label (of `labels`, by default the project's).

    Safe to repeat: tasks that exist already are not made again and not returned. A mask project needs a label set.
    """
    asked: list[Label | None] = [None]
    if project.kind == Project.Kind.MASK:
        asked = list(project.labels.all() if labels is None else labels)
        if not asked:
            raise ValueError(f"Project {project.slug} asks for masks and needs at least one label, but has none.")
    images = list(images)
    existing = set(Task.objects.filter(image__in=images).values_list("image_id", "label_id"))
    new = [
        Task(project=project, image=image, label=label)
        for image in images
        for label in asked
        if (image.pk, label.pk if label else None) not in existing
    ]
    return Task.objects.bulk_create(new, batch_size=500)


def skip(*, by: User, assignment_id: UUID) -> None:
    """Pass a claimed question over; the next one takes its place in the round. Safe to repeat.

    NotYours: no such question for `by`. Conflict: it has been answered.
    """
    claimed = Assignment.objects.filter(pk=assignment_id, annotator=by).exclude(claimed_at=None)
    if claimed.exclude(state__in=(Assignment.State.ANSWERED, Assignment.State.SKIPPED)).update(
        state=Assignment.State.SKIPPED, closed_at=timezone.now()
    ):
        return
    state = claimed.values_list("state", flat=True).first()
    if state is None:
        raise NotYours
    if state == Assignment.State.ANSWERED:
        raise Conflict("This question has been answered already and can no longer be skipped.")
