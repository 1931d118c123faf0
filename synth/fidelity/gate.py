"""The report: how often the judge agrees with the pack's labels or outlines, and with those of held-out real ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from synth.data import NOTHING, DataError, Labelled
from synth.fidelity import classifier, segmenter
from synth.realism.attack import folds

WORST = 0.05  # share of real outlines that the judge may find hardest
MARGIN = 0.05  # agreement may be this much lower than on real pictures that the judge never saw


def judge(
    pack: Labelled, real: Labelled, *, steps: int = 400, seed: int = 0, say: Callable[[str], None] = print
) -> tuple[dict[str, Any], np.ndarray]:
    """The report and bool[len(pack)], whether the judge agrees with each picture's label: names it, or, where
    outlines are known, draws one as much like it as it does on real pictures (all but the worst twentieth), or, where
    nothing is said to be, less than half of what all but the smallest twentieth of real objects cover. Pictures of
    nothing must pass by themselves too.

    A fifth of the sources of the real pictures is held out from the judge's training.
    """
    outlined = pack.masks is not None and real.masks is not None
    unknown = sorted(set(pack.keys) - set(real.keys))
    if unknown:
        raise DataError(f"The pack uses the label {unknown[0]!r}, which the real pictures do not have.")
    fold = folds([g or str(n) for n, g in enumerate(real.groups)], 5, np.random.default_rng(seed))
    held = fold == 0
    if not held.any() or held.all():
        raise DataError("The real pictures need at least two sources (column group) to hold some out.")
    if outlined:
        on_pack, on_real, figures = _drawn(pack, real, held, steps, seed, say)
    else:
        on_pack, on_real, figures = _named(pack, real, held, steps, seed, say)
    nothing = _of_nothing(pack, on_pack, real.part(held), on_real)
    report = {
        "gate": "fidelity",
        "judge": "outlines" if outlined else "labels",
        "passed": bool(on_pack.mean() >= on_real.mean() - MARGIN and (nothing is None or nothing["passed"])),
        "margin": MARGIN,
        "agreement": round(float(on_pack.mean()), 4),
        "agreement_real": round(float(on_real.mean()), 4),
        "per_class": {key: round(float(on_pack[pack.labels == n].mean()), 3) for n, key in enumerate(pack.keys)},
        **({} if nothing is None else {"nothing": nothing}),
        **figures,
        "n_generated": len(pack),
        "n_real_held_out": int(held.sum()),
    }
    return report, on_pack


def _of_nothing(pack: Labelled, on_pack: np.ndarray, held: Labelled, on_real: np.ndarray) -> dict[str, Any] | None:
    """The absent-class check: is as little found where nothing is said to be as in real pictures of nothing?"""
    rows = _rows_of_nothing(pack)
    if not rows.any():
        return None
    real = _rows_of_nothing(held)
    if not real.any():
        raise DataError("The pack has pictures of nothing; the real pictures that are held out have none.")
    ours, theirs = float(on_pack[rows].mean()), float(on_real[real].mean())
    return {
        "passed": ours >= theirs - MARGIN,
        "agreement": round(ours, 4),
        "agreement_real": round(theirs, 4),
        "n_generated": int(rows.sum()),
        "n_real_held_out": int(real.sum()),
    }


def _rows_of_nothing(data: Labelled) -> np.ndarray:
    """bool[n]"""
    rows: np.ndarray = data.labels == (data.keys.index(NOTHING) if NOTHING in data.keys else -1)
    return rows


def _named(
    pack: Labelled, real: Labelled, held: np.ndarray, steps: int, seed: int, say: Callable[[str], None]
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    model = classifier.train(real.pixels[~held], real.labels[~held], len(real.keys), steps=steps, seed=seed, say=say)
    on_real = classifier.judged(model, real.pixels[held]).argmax(axis=1) == real.labels[held]
    wanted = np.array([real.keys.index(pack.keys[label]) for label in pack.labels])
    return classifier.judged(model, pack.pixels).argmax(axis=1) == wanted, on_real, {}


def _drawn(
    pack: Labelled, real: Labelled, held: np.ndarray, steps: int, seed: int, say: Callable[[str], None]
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    assert pack.masks is not None
    assert real.masks is not None
    model = segmenter.train(real.pixels[~held], real.masks[~held], steps=steps, seed=seed, say=say)
    wanted = segmenter.brought(real.masks)
    areas = wanted.sum(axis=(1, 2))
    if not areas[held].any():
        raise DataError("The real pictures that are held out show no object.")
    smallest = float(np.quantile(areas[areas > 0], WORST)) / 2
    sides = []
    for pixels, truth in ((pack.pixels, segmenter.brought(pack.masks)), (real.pixels[held], wanted[held])):
        drawn = segmenter.drawn(model, pixels)
        dice, shows = segmenter.dice(drawn, truth), truth.any(axis=(1, 2))
        sides.append((dice, shows, drawn.sum(axis=(1, 2)) < smallest))
    on_real, there, _ = sides[1]
    least = float(np.quantile(on_real[there], WORST))
    figures = {"least_dice": round(least, 4)}
    for name, (dice, shows, _) in zip(("dice", "dice_real"), sides, strict=True):
        if shows.any():
            figures[name] = round(float(dice[shows].mean()), 4)
    ours, theirs = (np.where(shows, dice >= least, little) for dice, shows, little in sides)
    return ours, theirs, figures
