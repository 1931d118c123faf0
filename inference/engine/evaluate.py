"""How good a segmenter is on pictures with known labels, per label: slice Dice, volume Dice, coverage.

Every connected region of a label gets a box (simulated as Kulkarni et al. 2024, or the tight box jittered); the
proposals of a slice together are held against the label there. Slice Dice is taken where there was a box; volume Dice
over whole volumes, a slice without a box counting as empty; coverage is the share of slices between a label's first
and last that were boxed. With people forgetting boxes coverage falls and volume Dice with it, though no slice Dice
does: V = 2dc / (1 + c) for slice Dice d and coverage c. What `inference.engine.volumes` makes of that is reported too:
`assembled_dice` over the slices it calls known, and which of the forgotten slices it filled or called unknown.
`score` holds, over all labels, every proposal's own score against its Dice with the region that was boxed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.calibration import reliability
from inference.engine.ellipse import ellipse_in_box
from inference.engine.forgetting import forgotten
from inference.engine.prompts import jittered_box, simulated_boxes
from inference.engine.protocol import Box, Embedding, Prompt, Segmenter
from inference.engine.readers import Case, Mask, Slice
from inference.engine.statistics import interval, paired
from inference.engine.volumes.assemble import Answers, Assembled, assemble

MIN_REGION = 9  # pixels; nobody boxes less
FIGURES = (
    "slice_dice",
    "ellipse_in_box",
    "volume_dice",
    "coverage",
    "every_slice_dice",
    "inner_dice",
    "assembled_dice",
)
SHARES = ("inner_filled", "ends_unknown", "absent_unknown")


def dice(a: Mask, b: Mask) -> float:
    """2 |a and b| / (|a| + |b|); 1 where both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0


@dataclass
class Tally:
    """What was seen of one label: {figure: a list of values for each case}."""

    figures: dict[str, list[list[float]]] = field(default_factory=lambda: {name: [] for name in (*FIGURES, *SHARES)})
    scores: list[tuple[float, float]] = field(default_factory=list)  # of proposals: believed, realised

    def begin(self) -> None:
        """Open a new case."""
        for values in self.figures.values():
            values.append([])

    def add(self, name: str, *values: float) -> None:
        self.figures[name][-1].extend(float(v) for v in values)

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: interval(self.figures[name]) for name in (*FIGURES, *SHARES)}
        return found | {"against_ellipse": paired(self.figures["slice_dice"], self.figures["ellipse_in_box"])}


def boxes_for(mask: Mask, prompts: str, rng: np.random.Generator) -> list[tuple[Box, Mask]]:
    """One box a region of `mask`, "simulated" or "jittered", with that region, of at least `MIN_REGION` pixels."""
    if prompts == "simulated":
        return [(box, region) for box, region in simulated_boxes(mask) if region.sum() >= MIN_REGION]
    parts, count = ndimage.label(mask, structure=np.ones((3, 3)))
    regions = (parts == i for i in range(1, count + 1))
    return [(jittered_box(region, rng), region) for region in regions if region.sum() >= MIN_REGION]


@dataclass(frozen=True)
class Evaluation:
    """One run: `prompts` "simulated" or "jittered"; `people`: boxes are forgotten as people forget them."""

    segmenter: Segmenter
    prompts: str
    people: bool = False
    instances: bool = False
    seed: int = 0

    def run(self, cases: Iterable[Case], progress: Callable[[str], None] = lambda name: None) -> dict[str, Any]:
        """{"labels": {label: {figure: {"n", "mean", "low", "high"}, "against_ellipse": tests}}, "score": ..., ...}.

        "score" is the `reliability` of all proposals' scores.
        """
        rng = np.random.default_rng(self.seed)
        tallies: dict[str, Tally] = {}
        for case in cases:
            self._case(case, tallies, rng)
            progress(case.name)
        return {
            "segmenter": self.segmenter.name,
            "version": self.segmenter.version,
            "prompts": self.prompts,
            "drop": "people" if self.people else None,
            "seed": self.seed,
            "score": _trust(tallies.values()),
            "labels": {label: tally.summary() for label, tally in sorted(tallies.items())},
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
            truth = {k: s.masks[label] for k, s in enumerate(case.slices) if label in s.masks}
            gone = forgotten({k: int(m.sum()) for k, m in truth.items()}, rng) if self.people else set()
            proposed: dict[int, Mask] = {}
            for k, mask in truth.items():
                kept = tally if k not in gone else None
                found = self._slice(case.slices[k], mask, k, embeddings, kept, rng)
                if found is not None:
                    proposed[k] = found
            if case.is_volume and proposed:
                _volume(truth, proposed, gone, len(case.slices), tally)

    def _slice(
        self,
        picture: Slice,
        truth: Mask,
        index: int,
        embeddings: dict[int, Embedding],
        tally: Tally | None,
        rng: np.random.Generator,
    ) -> npt.NDArray[np.bool_] | None:
        """The label's mask as proposed on one slice, with its figures noted in `tally`; None where it is too small."""
        boxes = boxes_for(truth, self.prompts, rng)
        if not boxes:
            return None
        if index not in embeddings:
            embeddings[index] = self.segmenter.encode(picture.image)
        whole, ellipse = np.zeros(truth.shape, bool), np.zeros(truth.shape, bool)
        proposals = self.segmenter.decode(embeddings[index], [Prompt(box) for box, _ in boxes])
        for (box, region), proposal in zip(boxes, proposals, strict=True):
            found = proposal.full(truth.shape)
            whole |= found
            if tally:
                tally.scores.append((proposal.score, dice(found, region)))
            ellipse |= ellipse_in_box(box, truth.shape)
        if tally:
            tally.add("slice_dice", dice(whole, truth))
            tally.add("ellipse_in_box", dice(ellipse, truth))
        return whole


def _trust(tallies: Iterable[Tally]) -> dict[str, Any]:
    pairs = np.array([pair for tally in tallies for pair in tally.scores]).reshape(-1, 2)
    return reliability(pairs[:, 0], pairs[:, 1])


def _volume_dice(found: dict[int, Mask], truth: dict[int, Mask], slices: Iterable[int]) -> float:
    parts = np.zeros(3)
    for k in slices:
        a, b = found.get(k), truth.get(k)
        both = 0 if a is None or b is None else int((a & b).sum())
        parts += [both, 0 if a is None else int(a.sum()), 0 if b is None else int(b.sum())]
    return float(2 * parts[0] / max(parts[1] + parts[2], 1))


def _volume(truth: dict[int, Mask], every: dict[int, Mask], gone: set[int], count: int, tally: Tally) -> None:
    """The figures of one volume: `every` slice as proposed had nobody forgotten any, and those in `gone` forgotten.

    `every_slice_dice` has nothing forgotten, `volume_dice` the forgotten ones empty, `inner_dice` has empty only those
    between the first and the last that were marked, `assembled_dice` has them filled, over the same slices.
    """
    first, last = min(truth), max(truth)
    marked = {k: m for k, m in every.items() if k not in gone}
    size = next(iter(truth.values())).shape
    absent = frozenset(range(count)) - frozenset(truth)
    built: Assembled = assemble(Answers(marked, absent), count, (size[0], size[1]), one_part=False, even=False)
    tally.add("every_slice_dice", _volume_dice(every, truth, truth))
    tally.add("volume_dice", _volume_dice(marked, truth, truth))
    tally.add("coverage", len(marked) / (last - first + 1))
    if not marked:
        tally.add("absent_unknown", not built.known[list(truth)].any())
        return
    within = range(min(marked), max(marked) + 1)
    inner = [k for k in gone if k in within]
    tally.add("inner_dice", _volume_dice(marked, truth, within))
    assembled = {int(k): built.mask[k] for k in np.flatnonzero(built.known)}
    tally.add("assembled_dice", _volume_dice(assembled, truth, within))
    tally.add("inner_filled", *(k in built.filled for k in inner))
    tally.add("ends_unknown", *(not built.known[k] for k in gone if k not in within))
