"""What a moderator should look at: doubtful tasks, flagged ones, pictures that are nearly the same."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from uuid import UUID

import numpy as np
from django.db.models import Count, Max, OuterRef, Subquery

from quality.store.models import Consensus, TaskState
from quality.store.selectors.tasks import TaskRow, rows_of
from quality.store.truths import open_states
from webapp.annotations.models import Flag
from webapp.images.models import Image, Source
from webapp.projects.models import Project

RANDOM_SHARE = 0.2
NEAR_BITS = 4  # of 64 that may differ between two looks of one picture
_BANDS = 5  # one more than NEAR_BITS: of two such looks at least one band is the same


def review_queue(project: Project, *, limit: int = 50, rng: np.random.Generator | None = None) -> list[TaskRow]:
    """Open tasks that the crowd is least sure of, and among them a random sample of the others.

    The sample tells how good those are that nobody would look at. Reviewed and retired tasks are left out.
    """
    crowd = Consensus.objects.filter(task=OuterRef("task"), source=Consensus.Source.CROWD)
    waiting = (
        open_states(project)
        .annotate(doubt=Subquery(crowd.values("uncertainty")[:1]))
        .filter(doubt__isnull=False)
        .exclude(state=TaskState.State.RETIRED)
    )
    n_random = round(limit * RANDOM_SHARE)
    doubtful = list(waiting.order_by("-doubt", "task").values_list("task", flat=True)[: limit - n_random])
    others = waiting.exclude(task__in=doubtful).order_by("draw").values_list("task", flat=True)[:n_random]
    order = [*doubtful, *others]
    if rng is not None and others:
        order = [order[i] for i in rng.permutation(len(order))]
    rows = {row.id: row for row in rows_of(TaskState.objects.filter(task__in=order))}
    return [rows[task_id] for task_id in order]


@dataclass(frozen=True)
class FlaggedTask:
    """A task with unresolved flags and what was said."""

    row: TaskRow
    flags: int
    comments: tuple[str, ...]
    last_at: datetime


def flagged(project: Project) -> list[FlaggedTask]:
    """Tasks with unresolved flags, those with most first."""
    flags = Flag.objects.filter(assignment__task__project=project, resolved_at=None)
    counts = list(
        flags.order_by().values_list("assignment__task").annotate(n=Count("pk"), last=Max("created_at")).order_by("-n")
    )
    comments: dict[UUID, list[str]] = defaultdict(list)
    for task_id, comment in flags.exclude(comment="").values_list("assignment__task", "comment"):
        comments[task_id].append(comment)
    rows = {row.id: row for row in rows_of(TaskState.objects.filter(task__in=[task_id for task_id, _, _ in counts]))}
    return [
        FlaggedTask(row=rows[task_id], flags=n, comments=tuple(comments[task_id]), last_at=last)
        for task_id, n, last in counts
        if task_id in rows
    ]


def duplicates(project: Project, *, limit: int = 200) -> list[list[Image]]:
    """Groups of pictures that look nearly the same, the largest first; see `webapp.images.hashing.look_of`.

    Pictures of the same volume are left out: neighbouring slices are alike by nature. So are those that are retired.
    """
    kept = TaskState.objects.filter(project=project).exclude(state=TaskState.State.RETIRED).values("task__image")
    looks = {
        image_id: int(look, 16)
        for image_id, look in Source.objects.filter(project=project, volume=None, image__in=kept)
        .exclude(perceptual_hash="")
        .values_list("image_id", "perceptual_hash")
    }
    groups = sorted(_near(looks), key=len, reverse=True)[:limit]
    images = Image.objects.in_bulk([image_id for group in groups for image_id in group])
    return [[images[image_id] for image_id in group] for group in groups]


def _near(looks: dict[UUID, int]) -> Iterable[list[UUID]]:
    """Connected groups of looks that differ in at most NEAR_BITS bits. Only those that share a band are compared."""
    by_look: dict[int, list[UUID]] = defaultdict(list)
    for image_id, look in looks.items():
        by_look[look].append(image_id)
    parent = {look: look for look in by_look}

    def root(look: int) -> int:
        while parent[look] != look:
            parent[look] = parent[parent[look]]
            look = parent[look]
        return look

    bands: dict[tuple[int, int], list[int]] = defaultdict(list)
    for look in by_look:
        for band in range(_BANDS):
            bands[band, (look >> (13 * band)) & 0x1FFF].append(look)
    for alike in bands.values():
        for one, other in combinations(alike, 2):
            if (one ^ other).bit_count() <= NEAR_BITS:
                parent[root(one)] = root(other)
    groups: dict[int, list[UUID]] = defaultdict(list)
    for look, image_ids in by_look.items():
        groups[root(look)].extend(image_ids)
    return (sorted(group) for group in groups.values() if len(group) > 1)
