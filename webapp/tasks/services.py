"""What others ask of this room: make tasks, claim the next, put one aside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.images.models import Image
from webapp.projects.models import Label, Project
from webapp.tasks.claiming import Behind, Claim, Nothing, claim_next
from webapp.tasks.errors import Conflict, NotYours
from webapp.tasks.models import LIVE, Assignment, Task

__all__ = ["Behind", "Claim", "Conflict", "NotYours", "Nothing", "claim_next", "create_tasks", "skip"]


@transaction.atomic
def create_tasks(*, project: Project, images: Iterable[Image], labels: Iterable[Label] = ()) -> list[Task]:
    """One task an image; in mask projects one for each image and label. Those that exist already are not made again;
    the new ones are returned."""
    asked: list[Label | None] = list(labels) or [None]
    images = list(images)
    existing = set(Task.objects.filter(image__in=images).values_list("image_id", "label_id"))
    tasks = [
        Task(project=project, image=image, label=label)
        for image in images
        for label in asked
        if (image.pk, label.pk if label else None) not in existing
    ]
    return Task.objects.bulk_create(tasks, batch_size=500)


def skip(*, by: User, assignment_id: UUID, now: datetime | None = None) -> None:
    """Put an assignment aside; the round takes the next instead. Safe to repeat. Raises NotYours."""
    skipped = Assignment.objects.filter(pk=assignment_id, annotator=by, state__in=LIVE).update(
        state=Assignment.State.SKIPPED, closed_at=now or timezone.now()
    )
    if not skipped and not Assignment.objects.filter(pk=assignment_id, annotator=by).exists():
        raise NotYours
