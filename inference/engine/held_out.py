"""How good a segmenter is on phantoms that no training saw, from boxes and from clicks on its mistakes."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.engine import demo
from inference.engine.calibration import reliability
from inference.engine.ellipse import ellipse_in_box
from inference.engine.evaluate import dice
from inference.engine.phantoms import scene, visible_share
from inference.engine.prompts import correcting_point, jittered_box
from inference.engine.protocol import Point, Prompt, Segmenter
from inference.engine.train_demo import calibrate, train

SEED = 20_000_003
ALL_ROUND = 0.95  # of an outline that can be seen: all of it, but for a few pixels


@dataclass(frozen=True)
class HeldOut:
    """Mean Dice on `n` held-out phantoms: box alone, after one and three corrections; share of clicks obeyed.

    `seen` is `box` over the `n_seen` objects whose outline can be seen all round, `partly_seen` over the others (0
    where there are none); `ellipse` is that of the ellipse in the box. `believed` is the mean score from the box alone
    and `score_error` its expected calibration error.
    """

    n: int
    box: float
    one_click: float
    three_clicks: float
    clicks_obeyed: float
    ellipse: float
    n_seen: int
    seen: float
    partly_seen: float
    believed: float
    score_error: float
    by_look: dict[str, float]


def held_out(segmenter: Segmenter, *, scenes: int = 100, seed: int = SEED, look: str | None = None) -> HeldOut:
    """Measure on scenes of their own seed (of `look`, else of all), at full resolution, from jittered boxes."""
    rng = np.random.default_rng(seed)
    rows: list[list[float]] = []
    looks: dict[str, list[float]] = defaultdict(list)
    obeyed: list[bool] = []
    all_round: list[bool] = []
    scores: list[float] = []
    for _ in range(scenes):
        source = scene(rng, look=look)
        embedding = segmenter.encode(source.image)
        for mask in source.masks:
            box, points = jittered_box(mask, rng), list[Point]()
            row, answer = [dice(ellipse_in_box(box, mask.shape), mask)], None
            for _ in range(4):
                proposal = segmenter.decode(embedding, [Prompt(box, tuple(points), answer)])[0]
                answer = proposal.full(mask.shape)
                if len(row) == 1:
                    scores.append(proposal.score)
                obeyed += [bool(answer[int(y), int(x)]) == inside for x, y, inside in points]
                row.append(dice(answer, mask))
                points += [point for point in [correcting_point(mask, answer)] if point]
            rows.append(row)
            looks[source.look].append(row[1])
            all_round.append(visible_share(source.image, mask) >= ALL_ROUND)
    ellipse, box_alone, one, _, three = (round(float(value), 4) for value in np.mean(rows, axis=0))
    by_look = {look: round(float(np.mean(values)), 4) for look, values in sorted(looks.items())}
    from_box, is_seen = np.array(rows)[:, 1], np.array(all_round)
    seen, partly = (
        round(float(part.mean()), 4) if part.size else 0.0 for part in (from_box[is_seen], from_box[~is_seen])
    )
    trust = reliability(np.array(scores), from_box)
    return HeldOut(
        n=len(rows),
        box=box_alone,
        one_click=one,
        three_clicks=three,
        clicks_obeyed=round(float(np.mean(obeyed)), 4),
        ellipse=ellipse,
        n_seen=int(is_seen.sum()),
        seen=seen,
        partly_seen=partly,
        believed=trust["believed"],
        score_error=trust["error"],
        by_look=by_look,
    )


def train_to_file(
    *,
    seconds: float,
    seed: int,
    out: Path,
    start: Path | None = None,
    state: Path | None = None,
    report: Callable[[str], None] = print,
) -> HeldOut:
    """Train, going on from the weights in `start` if given, calibrate, write to `out`, measure what was written.

    With a `start` and 0 `seconds` the weights stay as they are and their scores alone are calibrated.
    """
    began = demo.read(start) if start else None
    origin = {"start": {"version": demo.digest(start), **demo.made_by(start)}} if start else {}
    if began and not seconds:
        network, steps = began, 0
    else:
        network, steps = train(seconds=seconds, seed=seed, start=began, state=state, report=report)
    made_by = {"seconds": seconds, "seed": seed, "steps": steps, "data": "inference.engine.phantoms", **origin}
    demo.save(network, out, made_by, calibrate(demo.DemoSegmenter(network, "in training"), seed=seed))
    return held_out(demo.load("demo", out))
