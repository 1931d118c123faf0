"""From what the quality rooms know, and where pictures came from, to rows that writers can write."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import scipy
from django.conf import settings
from django.utils import timezone

from quality.store import selectors as quality
from quality.store.selectors import ExportRow
from quality.store.selectors.exports import known_people
from webapp.exports.rows import Annotator, Dataset, Row, Slice, Volume, Vote
from webapp.images import selectors as images
from webapp.images.selectors import Origin
from webapp.projects.models import Project

CHUNK = 200


def dataset(project: Project, *, repairs: Sequence[str] = ()) -> Dataset:
    return Dataset(
        project=project.slug,
        title=project.title,
        kind=project.kind,
        prompt=project.prompt,
        labels=list(project.labels.values_list("key", "name")),
        licence=project.data_licence,
        exported_at=timezone.now().isoformat(timespec="seconds"),
        volumes={v.id: Volume(v.name, v.shape, v.affine) for v in images.volumes_of(project)},
        annotators=[
            Annotator(str(a.id), a.mean, a.low or 0.0, a.high or 1.0, a.n_gold, a.answers)
            for a in quality.annotators(project)
            if a.mean is not None
        ],
        repairs=tuple(repairs),
        known=known_people(project),
        target=1 - quality.policy(project)["risk_goal"],
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    """What the figures were made with (I10)."""
    with open(settings.BASE_DIR / "pyproject.toml", "rb") as file:
        own = tomllib.load(file)["project"]["version"]
    return {"goldvein": own, "numpy": np.__version__, "scipy": scipy.__version__}


def rows(project: Project, *, include_gold: bool = False) -> Iterator[Row]:
    """All rows of a project, a few hundred in memory at a time."""
    found = quality.export_rows(project, include_gold=include_gold)
    while chunk := list(islice(found, CHUNK)):
        yield from _rows(chunk)


def _rows(chunk: Iterable[ExportRow]) -> Iterator[Row]:
    chunk = list(chunk)
    origins = images.origins_of({row.image_id for row in chunk})
    for row in chunk:
        yield _row(row, origins[row.image_id])


def _row(row: ExportRow, origin: Origin) -> Row:
    where = None
    if origin.volume_id is not None and origin.axis is not None and origin.index is not None:
        where = Slice(origin.volume_id, origin.axis, origin.index, origin.turn)
    return Row(
        task=str(row.task_id),
        image=str(row.image_id),
        name=row.name,
        group=row.group,
        width=origin.size[0],
        height=origin.size[1],
        placement=origin.placement,
        label=row.label,
        answer=row.answer,
        source=row.source,
        probabilities=row.probabilities,
        uncertainty=1.0 if row.uncertainty is None else row.uncertainty,
        method=row.method,
        version=row.version,
        is_gold=row.is_gold,
        votes=[
            Vote(
                annotator=vote.annotator,
                answer=vote.answer,
                weight=vote.weight,
                counted=vote.counted,
                assisted=vote.assisted,
                submitted_at=vote.submitted_at.isoformat(),
                client_ms=vote.client_ms,
                reliability=vote.reliability,
                low=vote.low,
                high=vote.high,
                annotation=str(vote.annotation_id),
                proposal=vote.proposal,
                edit=vote.edit,
            )
            for vote in row.votes
        ],
        slice=where,
    )
