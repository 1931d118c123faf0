"""Behind a task's label: its votes as a file, and maps of where in the picture people differ."""

import io
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.http import Http404, HttpResponse
from PIL import Image

from quality.store import selectors as quality
from quality.store.selectors.evidence import MAPS, Influence, maps
from webapp.projects.models import Project
from webapp.staff.doors import StaffRequest, staff_page
from webapp.staff.tables import csv_reply

COLOURS = {"probability": (242, 193, 78), "disagreement": (232, 76, 61)}
OPAQUE = 215  # of 255: the picture is never wholly hidden
COLUMNS = (
    "annotation", "annotator", "answer", "weight", "share", "effect", "carries", "counted", "reliability", "low",
    "high", "gold_score", "assisted", "seconds", "submitted_at",
)  # fmt: skip


def votes_as_csv(detail: quality.TaskDetail, told: Mapping[UUID, Influence]) -> HttpResponse:
    rows = (_row(vote, told.get(vote.annotation_id)) for vote in detail.votes)
    return csv_reply(f"votes-{detail.row.id}", COLUMNS, rows)


def _row(vote: quality.VoteView, influence: Influence | None) -> list[Any]:
    return [
        vote.annotation_id, vote.annotator_id, json.dumps(vote.answer, separators=(",", ":")), vote.weight,
        *((influence.share, influence.change, int(influence.carries)) if influence else (None,) * 3),
        int(vote.counted), vote.reliability, vote.low, vote.high, vote.gold_score, int(vote.assisted), vote.seconds,
        vote.submitted_at.isoformat(),
    ]  # fmt: skip


@staff_page()
def task_map(request: StaffRequest, project: Project, task_id: UUID) -> HttpResponse:
    """A picture to lay over the task's own: clear where the map is 0, full colour where it is 1."""
    layer = request.GET.get("layer", MAPS[0])
    found = maps(project, task_id)
    if found is None or layer not in found:
        raise Http404("There is no such map of this task.")
    values = found[layer]
    rgba = np.empty((*values.shape, 4), dtype=np.uint8)
    rgba[..., :3] = COLOURS[layer]
    rgba[..., 3] = np.round(np.clip(values, 0, 1) * OPAQUE)
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG")
    return HttpResponse(file.getvalue(), content_type="image/png")
