"""The report: how often the judge agrees with the pack's labels, and with those of held-out real ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from synth.data import DataError, Labelled
from synth.fidelity.classifier import judged, train
from synth.realism.attack import folds

MARGIN = 0.05  # agreement may be this much lower than on real pictures that the judge never saw


def judge(
    pack: Labelled, real: Labelled, *, steps: int = 400, seed: int = 0, say: Callable[[str], None] = print
) -> tuple[dict[str, Any], np.ndarray]:
    """The report and bool[len(pack)], whether the judge agrees with each picture's label.

    A fifth of the sources of the real pictures is held out from the judge's training.
    """
    unknown = sorted(set(pack.keys) - set(real.keys))
    if unknown:
        raise DataError(f"The pack uses the label {unknown[0]!r}, which the real pictures do not have.")
    fold = folds([g or str(n) for n, g in enumerate(real.groups)], 5, np.random.default_rng(seed))
    held = fold == 0
    if not held.any() or held.all():
        raise DataError("The real pictures need at least two sources (column group) to hold some out.")
    model = train(real.pixels[~held], real.labels[~held], len(real.keys), steps=steps, seed=seed, say=say)
    on_real = judged(model, real.pixels[held]).argmax(axis=1) == real.labels[held]
    wanted = np.array([real.keys.index(pack.keys[label]) for label in pack.labels])
    on_pack = judged(model, pack.pixels).argmax(axis=1) == wanted
    report = {
        "gate": "fidelity",
        "passed": bool(on_pack.mean() >= on_real.mean() - MARGIN),
        "margin": MARGIN,
        "agreement": round(float(on_pack.mean()), 4),
        "agreement_real": round(float(on_real.mean()), 4),
        "per_class": {key: round(float(on_pack[pack.labels == n].mean()), 3) for n, key in enumerate(pack.keys)},
        "n_generated": len(pack),
        "n_real_held_out": int(held.sum()),
    }
    return report, on_pack
