"""How good a segmenter is on phantoms that no training saw, from boxes and from clicks on its mistakes."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.engine import demo
from inference.engine.ellipse import ellipse_in_box
from inference.engine.evaluate import dice
from inference.engine.phantoms import scene
from inference.engine.prompts import correcting_point, jittered_box
from inference.engine.protocol import Point, Prompt, Segmenter
from inference.engine.train_demo import train

SEED = 20_000_003


@dataclass(frozen=True)
class HeldOut:
    """Mean Dice on held-out phantoms: box alone, after one and three corrections; share of clicks obeyed."""

    n: int
    box: float
    one_click: float
    three_clicks: float
    clicks_obeyed: float
    ellipse: float
    by_look: dict[str, float]


def held_out(segmenter: Segmenter, *, scenes: int = 100, seed: int = SEED) -> HeldOut:
    """Measure on scenes of their own seed, at full resolution, from jittered boxes."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []
    looks: dict[str, list[float]] = defaultdict(list)
    obeyed: list[bool] = []
    for _ in range(scenes):
        source = scene(rng)
        embedding = segmenter.encode(source.image)
        for mask in source.masks:
            box, points = jittered_box(mask, rng), list[Point]()
            row, answer = [dice(ellipse_in_box(box, mask.shape), mask)], None
            for _ in range(4):
                answer = segmenter.decode(embedding, [Prompt(box, tuple(points), answer)])[0].full(mask.shape)
                obeyed += [bool(answer[int(y), int(x)]) == inside for x, y, inside in points]
                row.append(dice(answer, mask))
                points += [point for point in [correcting_point(mask, answer)] if point]
            rows.append(row)
            looks[source.look].append(row[1])
    ellipse, box_alone, one, _, three = (round(float(value), 4) for value in np.mean(rows, axis=0))
    by_look = {look: round(float(np.mean(values)), 4) for look, values in sorted(looks.items())}
    return HeldOut(len(rows), box_alone, one, three, round(float(np.mean(obeyed)), 4), ellipse, by_look)


def train_to_file(
    *,
    seconds: float,
    seed: int,
    out: Path,
    start: Path | None = None,
    state: Path | None = None,
    report: Callable[[str], None] = print,
) -> HeldOut:
    """Train, going on from the weights in `start` if given, write to `out`, and measure what was written."""
    began = demo.read(start) if start else None
    network, steps = train(seconds=seconds, seed=seed, start=began, state=state, report=report)
    made_by: dict[str, object] = {"seconds": seconds, "seed": seed, "steps": steps, "data": "inference.engine.phantoms"}
    if start:
        made_by["start"] = demo.digest(start)
    demo.save(network, out, made_by)
    return held_out(demo.load("demo", out))
