"""Pictures as attackers have them: one row a task, decoded once, and whether there are enough of them to certify."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quality.audit.leaks.evidence import Evidence, TaskKey
from synth.realism.features import NAMES, describe
from synth.realism.limits import ENOUGH_PICTURES, ENOUGH_SOURCES

Pixels = NDArray[np.uint8]  # [h, w, 3]


@dataclass(frozen=True)
class Gallery:
    """Tasks with their side and source, and their pictures as files and pixels."""

    tasks: Sequence[TaskKey]
    gold: NDArray[np.bool_]
    sources: Sequence[str]
    files: Sequence[bytes]
    pixels: Sequence[Pixels]

    @property
    def shortfall(self) -> str:
        """One sentence where there are too few pictures or sources to certify anything about pixels, or ""."""
        sources = len(set(self.sources))
        sides = int(self.gold.sum()), int((~self.gold).sum())
        if sources < ENOUGH_SOURCES:
            return f"too few sources: {sources}, {ENOUGH_SOURCES} are needed"
        if min(sides) < ENOUGH_PICTURES:
            return f"too few pictures: {sides[0]} gold and {sides[1]} open, {ENOUGH_PICTURES} of each are needed"
        return ""

    @property
    def clusters(self) -> Mapping[str, Sequence[str]]:
        return {"source": self.sources}


def gallery(evidence: Evidence) -> Gallery:
    """All known tasks whose picture was fetched."""
    tasks = list(dict.fromkeys(deal.task for deal in evidence.known() if deal.file in evidence.pictures))
    files = [evidence.pictures[task[0]] for task in tasks]
    return Gallery(
        tasks,
        np.array([evidence.truth.gold[task] for task in tasks], dtype=bool),
        [evidence.source_of(task) for task in tasks],
        files,
        [decode(file) for file in files],
    )


@functools.lru_cache(maxsize=8192)
def decode(file: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


@functools.lru_cache(maxsize=8192)
def described(file: bytes) -> NDArray[np.float64]:
    """The 23 figures of `synth.realism.features`, in the order of `FEATURES`."""
    return describe(decode(file), len(file))


FEATURES: Sequence[str] = NAMES
