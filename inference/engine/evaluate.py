"""How good a segmenter is on pictures with known labels, per label: slice Dice, volume Dice, coverage.

Every connected region of a label gets a box (simulated as Kulkarni et al. 2024, or the tight box jittered); the
proposals of a slice together are held against the label there. Slice Dice is taken where there was a box; volume Dice
over whole volumes, a slice without a box counting as empty; coverage is the share of slices between a label's first
and last that were boxed. With people dropping boxes (`drop`) coverage falls and volume Dice with it, though no slice
Dice does: V = 2dc / (1 + c) for slice Dice d and coverage c.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.ellipse import ellipse_in_box
from inference.engine.prompts import jittered_box, simulated_boxes
from inference.engine.protocol import Box, Embedding, Prompt, Segmenter
from inference.engine.readers import Case, Mask, Slice

DROPPED_BY_PEOPLE = 0.08  # of the slices between an organ's first and last had no box (Kulkarni et al. 2024)
RESAMPLES = 2000
MIN_REGION = 9  # pixels; nobody boxes less


def dice(a: Mask, b: Mask) -> float:
    """2 |a and b| / (|a| + |b|); 1 where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0


@dataclass
class Tally:
    """What was seen of one label: a list of figures a case."""

    slices: list[list[float]] = field(default_factory=list)
    ellipses: list[list[float]] = field(default_factory=list)
    volumes: list[list[float]] = field(default_factory=list)
    coverage: list[list[float]] = field(default_factory=list)

    def begin(self) -> None:
        """Open a new case."""
        for figures in (self.slices, self.ellipses, self.volumes, self.coverage):
            figures.append([])


def interval(groups: list[list[float]], *, seed: int = 0) -> dict[str, Any]:
    """Mean of all figures with a 95 % bootstrap interval: whole cases are drawn, or figures where there is one case."""
    values = np.array([v for group in groups for v in group])
    if values.size == 0:
        return {"n": 0, "mean": None, "low": None, "high": None}
    units = [g for g in groups if g] if sum(bool(g) for g in groups) > 1 else [[v] for v in values]
    sums, counts = np.array([sum(g) for g in units]), np.array([len(g) for g in units])
    drawn = np.random.default_rng(seed).integers(0, len(units), (RESAMPLES, len(units)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {
        "n": int(values.size),
        "cases": sum(bool(g) for g in groups),
        "mean": round(float(values.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def boxes_for(mask: Mask, prompts: str, rng: np.random.Generator) -> list[Box]:
    """One box a region of `mask`: "simulated" or "jittered". Regions below `MIN_REGION` pixels get none."""
    if prompts == "simulated":
        return [box for box, region in simulated_boxes(mask) if region.sum() >= MIN_REGION]
    parts, count = ndimage.label(mask, structure=np.ones((3, 3)))
    regions = (parts == i for i in range(1, count + 1))
    return [jittered_box(region, rng) for region in regions if region.sum() >= MIN_REGION]


@dataclass(frozen=True)
class Evaluation:
    """One run: `prompts` "simulated" or "jittered", `drop` the chance that a slice's label was forgotten."""

    segmenter: Segmenter
    prompts: str
    drop: float = 0.0
    instances: bool = False
    seed: int = 0

    def run(self, cases: Iterable[Case], progress: Callable[[str], None] = lambda name: None) -> dict[str, Any]:
        """{"labels": {label: {"slice_dice", "volume_dice", "coverage", "ellipse_in_box"}}, ...}; see `interval`."""
        rng = np.random.default_rng(self.seed)
        tallies: dict[str, Tally] = {}
        for case in cases:
            self._case(case, tallies, rng)
            progress(case.name)
        return {
            "segmenter": self.segmenter.name,
            "version": self.segmenter.version,
            "prompts": self.prompts,
            "drop": self.drop,
            "seed": self.seed,
            "labels": {label: _summary(tally) for label, tally in sorted(tallies.items())},
        }

    def _case(self, case: Case, tallies: dict[str, Tally], rng: np.random.Generator) -> None:
        embeddings: dict[int, Embedding] = {}
        begun: set[str] = set()
        for label in sorted({label for s in case.slices for label in s.masks}):
            name = "object" if self.instances else label
            tally = tallies.setdefault(name, Tally())
            if name not in begun:
                tally.begin()
                begun.add(name)
            present = [k for k, s in enumerate(case.slices) if label in s.masks]
            parts, boxed = np.zeros(3), 0  # |a and b|, |a|, |b| over the volume
            for k in present:
                truth = case.slices[k].masks[label]
                proposed = self._slice(case.slices[k], truth, k, embeddings, tally, rng)
                parts[1] += truth.sum()
                if proposed is not None:
                    boxed += 1
                    parts += [(proposed & truth).sum(), 0, proposed.sum()]
            if case.is_volume:
                tally.volumes[-1].append(float(2 * parts[0] / max(parts[1] + parts[2], 1)))
                tally.coverage[-1].append(boxed / (present[-1] - present[0] + 1))

    def _slice(
        self,
        picture: Slice,
        truth: Mask,
        index: int,
        embeddings: dict[int, Embedding],
        tally: Tally,
        rng: np.random.Generator,
    ) -> npt.NDArray[np.bool_] | None:
        """The label's mask as proposed on one slice, with its figures noted in `tally`; None where nobody boxed it."""
        boxes = boxes_for(truth, self.prompts, rng)
        if rng.random() < self.drop or not boxes:
            return None
        if index not in embeddings:
            embeddings[index] = self.segmenter.encode(picture.image)
        whole, ellipse = np.zeros(truth.shape, bool), np.zeros(truth.shape, bool)
        proposals = self.segmenter.decode(embeddings[index], [Prompt(box) for box in boxes])
        for box, proposal in zip(boxes, proposals, strict=True):
            whole |= proposal.full(truth.shape)
            ellipse |= ellipse_in_box(box, truth.shape)
        tally.slices[-1].append(dice(whole, truth))
        tally.ellipses[-1].append(dice(ellipse, truth))
        return whole


def _summary(tally: Tally) -> dict[str, Any]:
    return {
        "slice_dice": interval(tally.slices),
        "ellipse_in_box": interval(tally.ellipses),
        "volume_dice": interval(tally.volumes),
        "coverage": interval(tally.coverage),
    }
