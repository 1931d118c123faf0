"""The report: how often the judge agrees with the pack's labels or outlines, and with those of held-out real ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from synth.data import DataError, Labelled
from synth.fidelity import classifier, segmenter
from synth.realism.attack import folds

WORST = 0.05  # share of real outlines that the judge may find hardest
MARGIN = 0.05  # agreement may be this much lower than on real pictures that the judge never saw


def judge(
    pack: Labelled, real: Labelled, *, steps: int = 400, seed: int = 0, say: Callable[[str], None] = print
) -> tuple[dict[str, Any], np.ndarray]:
    """The report and bool[len(pack)], whether the judge agrees with each picture's label: names it, or, where
    outlines are known, draws one as much like it as it does on real pictures (all but the worst twentieth).

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
    report = {
        "gate": "fidelity",
        "judge": "outlines" if outlined else "labels",
        "passed": bool(on_pack.mean() >= on_real.mean() - MARGIN),
        "margin": MARGIN,
        "agreement": round(float(on_pack.mean()), 4),
        "agreement_real": round(float(on_real.mean()), 4),
        "per_class": {key: round(float(on_pack[pack.labels == n].mean()), 3) for n, key in enumerate(pack.keys)},
        **figures,
        "n_generated": len(pack),
        "n_real_held_out": int(held.sum()),
    }
    return report, on_pack


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
    on_real = segmenter.dice(model, real.pixels[held], real.masks[held])
    on_pack = segmenter.dice(model, pack.pixels, pack.masks)
    least = float(np.quantile(on_real, WORST))
    means = {"dice": round(float(on_pack.mean()), 4), "dice_real": round(float(on_real.mean()), 4)}
    return on_pack >= least, on_real >= least, {**means, "least_dice": round(least, 4)}
