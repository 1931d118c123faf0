"""What an export is made of: a row a task, with its fused label, the votes behind it and the way back to the original.

Rows come grouped: all rows of a volume together, within it all rows of a picture together. Writers rely on it and hold
one picture or one volume at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quality.domain import masks
from quality.domain.aggregation.known import KnownPeople
from webapp.images.geometry import Box, Placement, Turn

IGNORE = 255
"""Where nobody labelled: neither background nor any label (I11)."""


@dataclass(frozen=True)
class Vote:
    """An answer behind a label. `annotator` is a pseudonymous id, empty for somebody who left; `weight` in the label,
    0 where the answer does not count; `reliability` with its 90 % interval at the time of the export. `proposal`: what
    the answer started from, "" for nothing; `edit`: how far it moved away from it, 0-1."""

    annotator: str
    answer: Mapping[str, Any]
    weight: float
    counted: bool = True
    assisted: bool = False
    submitted_at: str = ""
    client_ms: int | None = None
    reliability: float | None = None
    low: float | None = None
    high: float | None = None
    annotation: str = ""
    proposal: str = ""
    edit: float | None = None


@dataclass(frozen=True)
class Slice:
    """Which slice of which volume a picture shows, and how it was turned for display."""

    volume: int
    axis: int
    index: int
    turn: Turn


@dataclass(frozen=True)
class Row:
    """A task as exported. `answer` is None where nobody labelled; `source` says whose label it is (expert, revised,
    crowd), in served pixels. `width`, `height`: of the original as displayed (px)."""

    task: str
    image: str
    name: str
    group: str
    width: int
    height: int
    placement: Placement
    label: str | None
    answer: Mapping[str, Any] | None
    source: str
    probabilities: Mapping[str, Any] = field(default_factory=dict)
    uncertainty: float = 1.0
    method: str = ""
    version: int = 0
    is_gold: bool = False
    votes: Sequence[Vote] = ()
    slice: Slice | None = None

    @property
    def is_labelled(self) -> bool:
        """Somebody said what is there, or that nothing is; "can't tell" is no label."""
        return self.answer is not None and self.answer["kind"] != "cannot_tell"

    def quality(self, kind: str) -> float | None:
        """What the crowd expects of its own label, 0-1; None where it has none."""
        if self.source != "crowd":
            return None
        return max(self.probabilities.values(), default=0.0) if kind == "class" else 1 - self.uncertainty

    def boxes(self) -> list[tuple[Box, str]]:
        """(box in pixels of the original, label key)."""
        if self.answer is None or self.answer["kind"] != "box":
            return []
        return [(self.placement.box_to_original((b[0], b[1], b[2], b[3])), b[4]) for b in self.answer["boxes"]]

    def mask(self) -> np.ndarray:
        """bool[height, width] in pixels of the original as displayed; empty for "nothing"."""
        if self.answer is None or self.answer["kind"] != "mask":
            return np.zeros((self.height, self.width), dtype=bool)
        served = masks.decode(self.answer["rle"], size=(self.placement.height, self.placement.width))
        return self.placement.map_to_original(served, width=self.width, height=self.height)


@dataclass(frozen=True)
class Volume:
    """A series as kept: array shape, affine [4, 4] (voxel indices to mm, RAS+)."""

    name: str
    shape: tuple[int, int, int]
    affine: np.ndarray


@dataclass(frozen=True)
class Annotator:
    """Reliability of an annotator at the time of the export; interval of 90 %."""

    annotator: str
    mean: float
    low: float
    high: float
    n_gold: int
    n_answers: int


@dataclass(frozen=True)
class Dataset:
    """What rows have in common. `labels`: (key, name) in the set's order; label i has the value i + 1 in label maps.

    `repairs`: what may be done to masks of volumes, keys of `repairs.REPAIRS`. `known`: how far each annotator is
    trusted as the export begins, by pseudonymous id, enough to fuse votes again. `target`: estimated quality, 0-1, from
    which labels are fit for release. `versions`: of the program and what it reckons with."""

    project: str
    title: str
    kind: str
    prompt: str
    labels: Sequence[tuple[str, str]]
    licence: str
    exported_at: str
    volumes: Mapping[int, Volume] = field(default_factory=dict)
    annotators: Sequence[Annotator] = ()
    repairs: Sequence[str] = ()
    known: KnownPeople | None = None
    target: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> int:
        return next(i for i, (k, _) in enumerate(self.labels, start=1) if k == key)

    def header(self) -> dict[str, Any]:
        """For the manifest of whatever is written."""
        return {
            "project": self.project,
            "title": self.title,
            "kind": self.kind,
            "prompt": self.prompt,
            "labels": [{"key": k, "name": n, "value": i} for i, (k, n) in enumerate(self.labels, start=1)],
            "ignore": IGNORE,
            "licence": self.licence,
            "exported_at": self.exported_at,
            "target": self.target,
            "versions": dict(self.versions),
        }
