"""A gold pack of inserted objects: hosts and donors drawn, parts moved, mismatches dropped, truths written down."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synth import manifest
from synth.errors import DataError
from synth.insertion.compose import compose
from synth.insertion.places import Move, on_background, over_own
from synth.scenes import Scene, box_of, tile

VERSION = 1
SPARE = 1.7  # candidates a picture that is kept: those that fit worst are dropped
TRIES = 60  # a candidate
NEAREST = 5  # sources a donor is looked for in where the host's own has none


@dataclass(frozen=True)
class Plan:
    """`crop`: side of a tile round the object (px), None for the whole scene; `kind`: what is asked, class, box or
    mask; `reuse`: how often one object may be put in; `fully_labelled`: every object of the scenes is labelled;
    `only`: labels whose objects are put in, None for all."""

    n: int
    crop: int | None = None
    kind: str = "mask"
    reuse: int = 2
    fully_labelled: bool = True
    seed: int = 0
    only: tuple[str, ...] | None = None


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


def sample_pack(scenes: list[Scene], out: Path, plan: Plan, *, say: Callable[[str], None]) -> None:
    """Write a pack of `plan.n` pictures to `out`; DataError where the scenes do not yield so many."""
    rng = np.random.default_rng(plan.seed)
    candidates = _candidates(scenes, plan, rng, say)
    wanted = min(plan.n, len(candidates))
    if wanted < plan.n:
        raise DataError(f"{plan.n} pictures are wanted; these scenes yield {wanted} that fit.")
    best = sorted(candidates, key=lambda candidate: candidate.mismatch)[: plan.n]
    order = rng.permutation(len(best))
    items = [_write(out, n, best[i], plan) for n, i in enumerate(order, start=1)]
    keys = sorted({candidate.label for candidate in best} | {key for scene in scenes for key in scene.kinds.values()})
    generator = {
        "model": "insert",
        "version": VERSION,
        "seed": plan.seed,
        "crop": plan.crop,
        "only": plan.only,
        "candidates": len(candidates),
        "worst_mismatch": round(best[-1].mismatch, 4),
        "hosts": len({candidate.provenance["host"] for candidate in best}),
        "donors": len({(c.provenance["donor"], c.provenance["object"]) for c in best}),
    }
    labels = tuple(manifest.PackLabel(key, key.replace("_", " ").capitalize()) for key in keys)
    manifest.write(out, manifest.Manifest(f"Inserted into {out.name}", plan.kind, labels, tuple(items), generator))
    say(f"{len(items)} pictures from {generator['hosts']} hosts and {generator['donors']} objects in {out}.")


def _candidates(
    scenes: list[Scene], plan: Plan, rng: np.random.Generator, say: Callable[[str], None]
) -> list[_Candidate]:
    used: Counter[tuple[str, int]] = Counter()
    usable = [s for s in scenes if plan.crop is None or min(s.objects.shape) >= plan.crop]
    if not any(scene.kinds for scene in usable):
        raise DataError("The scenes hold no labelled object, or are smaller than the crop.")
    donors = _donors(usable)
    found: list[_Candidate] = []
    crowded = np.array([len(scene.kinds) for scene in usable], dtype=np.float64)
    crowded /= crowded.sum()
    goal = int(np.ceil(plan.n * SPARE))
    for _ in range(TRIES * goal):
        if len(found) == goal:
            break
        host = usable[rng.choice(len(usable), p=crowded)]  # as often as its own objects are seen
        donor = donors.near(host, rng)
        if donor is None:
            continue
        number = int(rng.choice(list(donor.kinds)))
        if plan.only is not None and donor.kinds[number] not in plan.only:
            continue
        if used[donor.name, number] >= plan.reuse:
            continue
        key = donor.kinds[number]
        move = over_own(host, donor, key) if host.is_slice else on_background(host, donor, number, rng)
        if move is None:
            continue
        found.append(_candidate(host, donor, number, move, plan))
        used[donor.name, number] += 1
        if len(found) % 100 == 0:
            say(f"{len(found)} of {goal} candidates")
    return found


class _donors:
    """Where an object for a host may come from: of pictures the host itself or those that look most like it; of
    volumes another patient."""

    def __init__(self, scenes: list[Scene]) -> None:
        self._scenes = [scene for scene in scenes if scene.kinds]
        self._by_group: dict[str, list[int]] = defaultdict(list)
        for n, scene in enumerate(self._scenes):
            self._by_group[scene.group].append(n)
        looks = np.array([[s.pixels.mean(), s.pixels.std(), *np.median(s.pixels, axis=(0, 1))] for s in self._scenes])
        self._looks = (looks - looks.mean(axis=0)) / (looks.std(axis=0) + 1e-9)

    def near(self, host: Scene, rng: np.random.Generator) -> Scene | None:
        own = self._by_group.get(host.group, [])
        if not host.is_slice and own and len(self._scenes[own[0]].kinds) > 2:
            return self._scenes[int(rng.choice(own))]
        others = np.array([n for n, scene in enumerate(self._scenes) if scene.group != host.group])
        if not others.size:
            return None
        if host.is_slice:
            return self._scenes[int(rng.choice(others))]
        mine = self._looks[own[0]] if own else np.zeros(self._looks.shape[1])
        distance = ((self._looks[others] - mine) ** 2).sum(axis=1)
        return self._scenes[int(rng.choice(others[np.argsort(distance)[:NEAREST]]))]


def _candidate(host: Scene, donor: Scene, number: int, move: Move, plan: Plan) -> _Candidate:
    made = compose(host.pixels, move.pixels, move.part, match="scale" if host.is_slice else "shift")
    key = donor.kinds[number]
    put_in = np.isin(move.objects, [n for n, kind in donor.kinds.items() if kind == key]) & move.part
    truth = (host.mask(key) & ~move.part) | put_in
    own = {n: kind for n, kind in host.kinds.items() if not (move.part & (host.objects == n)).any()}
    boxes = [[*box_of(host.objects == n), kind] for n, kind in own.items()] + [[*move.box, key]]
    window = (slice(None), slice(None)) if plan.crop is None else tile(move.box, truth.shape, plan.crop)
    top, left = window[0].start or 0, window[1].start or 0
    pixels, truth = made.pixels[window], truth[window]
    x1, y1, x2, y2 = move.box
    return _Candidate(
        pixels=pixels,
        truth=truth,
        label=key,
        box=(x1 - left, y1 - top, x2 - left, y2 - top),
        boxes=[cut for box in boxes if (cut := _cut(box, left, top, pixels.shape[:2])) is not None],
        mismatch=made.mismatch,
        group=host.group,
        provenance={"host": host.name, "donor": donor.name, "object": number, "mismatch": round(made.mismatch, 4)},
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
        answer = {"kind": "box", "boxes": candidate.boxes}
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
