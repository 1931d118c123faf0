"""A gold pack of inserted objects and of places that they were taken from: orders drawn and composed, mismatches
dropped, truths written down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synth import manifest
from synth.errors import DataError
from synth.insertion.compose import compose
from synth.insertion.orders import Order, insertions, removals, taken
from synth.scenes import Scene, tile

if TYPE_CHECKING:
    from synth.insertion.learned import Filler

VERSION = 2
SPARE = 1.7  # candidates a picture that is kept: those that fit worst are dropped


@dataclass(frozen=True)
class Plan:
    """`crop`: side of a tile round the object (px), None for the whole scene; `kind`: what is asked, class, box or
    mask; `reuse`: how often one object may be put in, or taken out; `fully_labelled`: every object of the scenes is
    labelled; `only`: labels whose objects are put in, None for all; `remove`: share of the pictures from which objects
    are taken out, so that nothing is left that is asked for."""

    n: int
    crop: int | None = None
    kind: str = "mask"
    reuse: int = 2
    fully_labelled: bool = True
    seed: int = 0
    only: tuple[str, ...] | None = None
    remove: float = 0.0

    @property
    def removed(self) -> int:
        return round(self.n * self.remove)


@dataclass
class _Candidate:
    pixels: np.ndarray
    truth: np.ndarray  # bool[h, w] of the label
    label: str
    box: tuple[int, int, int, int]
    boxes: list[list[Any]]
    mismatch: float
    group: str
    provenance: dict[str, Any] = field(default_factory=dict)


def sample_pack(
    scenes: list[Scene], out: Path, plan: Plan, *, filler: "Filler | None" = None, say: Callable[[str], None]
) -> None:
    """Write a pack of `plan.n` pictures to `out`; DataError where the scenes do not yield so many. `filler`: what
    covers parts and holes in place of donors and of the picture's own background."""
    if plan.remove and (plan.kind == "class" or not plan.fully_labelled):
        raise DataError('"Nothing" is an answer about boxes or outlines, where every object is labelled.')
    usable = [scene for scene in scenes if plan.crop is None or min(scene.objects.shape) >= plan.crop]
    rng = np.random.default_rng(plan.seed)
    best: list[_Candidate] = []
    n_candidates = 0
    for wanted, orders, what in _drawn(usable, plan, rng):
        if filler is None:
            found = taken(orders, _spared(wanted), what, say)
        else:  # it draws what fits: there is nothing to drop
            found = filler.refilled(taken(filter(filler.fits, orders), wanted, what, say), say=say)
        candidates = [_candidate(order, plan) for order in found]
        if len(candidates) < wanted:
            raise DataError(f"{wanted} {what} are wanted; these scenes yield {len(candidates)} that fit.")
        n_candidates += len(candidates)
        best += sorted(candidates, key=lambda candidate: candidate.mismatch)[:wanted]
    order = rng.permutation(len(best))
    items = [_write(out, n, best[i], plan) for n, i in enumerate(order, start=1)]
    keys = sorted({candidate.label for candidate in best} | {key for scene in scenes for key in scene.kinds.values()})
    generator = {
        "model": "insert",
        "version": VERSION,
        "seed": plan.seed,
        "crop": plan.crop,
        "only": plan.only,
        "removed": plan.removed,
        "candidates": n_candidates,
        "worst_mismatch": round(max(candidate.mismatch for candidate in best), 4),
        "hosts": len({candidate.provenance["host"] for candidate in best}),
        "donors": len({(c.provenance["donor"], c.provenance["object"]) for c in best if "donor" in c.provenance}),
        "fill": None if filler is None else filler.card,
    }
    labels = tuple(manifest.PackLabel(key, key.replace("_", " ").capitalize()) for key in keys)
    made = manifest.Manifest(f"Inserted into {out.name}", plan.kind, labels, tuple(items), generator)
    manifest.write(out, made if filler is None else replace(made, labels_from=filler.labels_from))
    say(f"{len(items)} pictures from {generator['hosts']} hosts and {generator['donors']} objects in {out}.")


def _drawn(scenes: list[Scene], plan: Plan, rng: np.random.Generator) -> Iterator[tuple[int, Iterator[Order], str]]:
    """(how many are wanted, orders, what they are)."""
    if wanted := plan.n - plan.removed:
        goal = _spared(wanted)
        yield wanted, insertions(scenes, rng, goal, reuse=plan.reuse, only=plan.only), "pictures"
    if wanted := plan.removed:
        goal, boxes = _spared(wanted), plan.kind == "box"
        drawn = removals(scenes, rng, goal, crop=plan.crop, every_label=boxes, reuse=plan.reuse, only=plan.only)
        yield wanted, drawn, "pictures of nothing"


def _spared(wanted: int) -> int:
    return int(np.ceil(wanted * SPARE))


def _candidate(order: Order, plan: Plan) -> _Candidate:
    host = order.host
    match = "heal" if order.put_in is None else "scale" if host.is_slice else "shift"
    pixels, mismatches = host.pixels, []
    for move in order.moves:
        made = compose(pixels, move.pixels, move.part, match=match)
        pixels = made.pixels
        mismatches.append(made.mismatch)
    window = (slice(None), slice(None)) if plan.crop is None else tile(order.centre, pixels.shape[:2], plan.crop)
    top, left = window[0].start or 0, window[1].start or 0
    pixels, mismatch = pixels[window], max(mismatches)
    x1, y1, x2, y2 = order.centre
    return _Candidate(
        pixels=pixels,
        truth=order.mask(order.label)[window],
        label=order.label,
        box=(x1 - left, y1 - top, x2 - left, y2 - top),
        boxes=[cut for box in order.boxes() if (cut := _cut(box, left, top, pixels.shape[:2])) is not None],
        mismatch=mismatch,
        group=host.group,
        provenance={"host": host.name, **order.provenance, "mismatch": round(mismatch, 4)},
    )


def _cut(box: list[Any], left: int, top: int, shape: tuple[int, int]) -> list[Any] | None:
    """A box in the tile's pixels; None where less than half of it is in there."""
    x1, y1, x2, y2, key = box
    a, b = max(x1 - left, 0), max(y1 - top, 0)
    c, d = min(x2 - left, shape[1]), min(y2 - top, shape[0])
    if c <= a or d <= b or 2 * (c - a) * (d - b) < (x2 - x1) * (y2 - y1):
        return None
    return [float(a), float(b), float(c), float(d), key]


def _write(out: Path, number: int, candidate: _Candidate, plan: Plan) -> manifest.Item:
    image = manifest.write_picture(out, f"images/{number:05d}.png", candidate.pixels)
    answer: dict[str, Any]
    if plan.kind == "class":
        answer = {"kind": "class", "label": candidate.label}
    elif plan.kind == "box":
        answer = {"kind": "box", "boxes": candidate.boxes} if candidate.boxes else {"kind": "nothing"}
    else:
        answer = manifest.mask_answer(candidate.truth)
    region = None
    if not plan.fully_labelled and plan.kind != "class":
        height, width = candidate.truth.shape
        x1, y1, x2, y2 = candidate.box
        around = [max(x1 - 4, 0), max(y1 - 4, 0), min(x2 + 4, width), min(y2 + 4, height)]
        region = {"boxes": [[float(edge) for edge in around]]}
    return manifest.Item(
        image=image,
        answer=answer,
        group=candidate.group,
        label=candidate.label if plan.kind == "mask" else None,
        known_region=region,
        provenance=candidate.provenance,
    )
