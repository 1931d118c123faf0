"""What the common path costs: can the pictures still be told, or outlined, as well as the originals?

One judge is trained on originals and their served copies alike, so that it is at home in both, and looks at both
versions of pictures from sources that it never saw, five times until every picture has had its turn. The same judge of
the same picture: what differs is what the path did to it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from quality.domain.stats import bootstrap_interval
from synth.data import NOTHING, DataError, Labelled
from synth.fidelity import classifier, segmenter
from synth.realism.attack import folds
from synth.realism.common_path import CommonPath, serve

POINT = 0.01  # how much agreement (share named rightly, or mean Dice) the path may cost, in any class
SMALL = 1 / 3  # share of objects, the smallest by area, that are looked at by themselves
FOLDS = 5


def judge(
    real: Labelled, path: CommonPath, *, steps: int = 400, seed: int = 0, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """The report: PSNR (dB, served pictures brought to the originals' size), and of all pictures, each class and small
    objects the agreement on `originals`, on `served` ones and the `change` with its 95 % interval over sources.

    It passes where no change is a loss of more than a point. `DataError` where there are fewer than two sources.
    """
    groups = [group or str(number) for number, group in enumerate(real.groups)]
    n_folds = min(FOLDS, len(set(groups)))
    if n_folds < 2:
        raise DataError(
            "The pictures need at least two sources (column group): the judge must not know those it judges."
        )
    shown = served(real.pixels, path, np.random.default_rng(seed))
    fold = folds(groups, n_folds, np.random.default_rng(seed))
    agreement = np.zeros((2, len(real)))
    for number in range(n_folds):
        out = fold == number
        agreement[:, out] = _agreement(real, shown, out, steps, seed, say)
    rows = {name: part for name, part in _parts(real).items() if part.any()}
    task = {name: _change(agreement[:, part], [groups[i] for i in np.flatnonzero(part)]) for name, part in rows.items()}
    return {
        "gate": "path",
        "judge": "labels" if real.masks is None else "outlines",
        "passed": all(part["change"] >= -POINT for part in task.values()),
        "margin": POINT,
        "psnr": _psnr(real.pixels, shown),
        "task": task,
        "sources": len(set(groups)),
    }


def served(pixels: np.ndarray, path: CommonPath, rng: np.random.Generator) -> np.ndarray:
    """uint8[n, s, s, 3] as it is served, brought back to the size it had."""
    side = pixels.shape[1]
    pictures = (PillowImage.fromarray(serve(picture, path, rng)[0]) for picture in pixels)
    return np.stack([np.asarray(one.resize((side, side), PillowImage.Resampling.BICUBIC)) for one in pictures])


def _agreement(
    real: Labelled, shown: np.ndarray, out: np.ndarray, steps: int, seed: int, say: Callable[[str], None]
) -> np.ndarray:
    """float64[2, out]: of the originals and of the served, whether the label was named, or the Dice of the outline."""
    pixels = np.concatenate([real.pixels[~out], shown[~out]])
    sides = (real.pixels[out], shown[out])
    if real.masks is None:
        labels = np.tile(real.labels[~out], 2)
        named = classifier.train(pixels, labels, len(real.keys), steps=steps, seed=seed, say=say)
        return np.array([classifier.judged(named, side).argmax(axis=1) == real.labels[out] for side in sides])
    masks = np.concatenate([real.masks[~out]] * 2)
    drawing = segmenter.train(pixels, masks, steps=steps, seed=seed, say=say)
    truth = segmenter.brought(real.masks[out])
    return np.array([segmenter.dice(segmenter.drawn(drawing, side), truth) for side in sides])


def _parts(real: Labelled) -> dict[str, np.ndarray]:
    """bool[n] by name: all pictures, those of each class, and those of small objects. Where nothing is, a Dice says
    nothing."""
    if real.masks is None:
        every = np.ones(len(real), dtype=bool)
        small = {}
    else:
        areas = real.masks.sum(axis=(1, 2))
        every = areas > 0
        small = {"small objects": every & (areas <= np.quantile(areas[every], SMALL))} if every.any() else {}
    classes = {key: every & (real.labels == n) for n, key in enumerate(real.keys) if key != NOTHING}
    return {"all": every, **(classes if len(classes) > 1 else {}), **small}


def _change(agreement: np.ndarray, groups: list[str]) -> dict[str, Any]:
    originals, served = agreement
    low, high = bootstrap_interval(served - originals, rng=np.random.default_rng(0), groups=groups, n_resamples=1000)
    return {
        "n": int(originals.size),
        "originals": round(float(originals.mean()), 4),
        "served": round(float(served.mean()), 4),
        "change": round(float((served - originals).mean()), 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def _psnr(originals: np.ndarray, shown: np.ndarray) -> dict[str, float]:
    """Peak signal-to-noise ratio in dB: the mean over pictures, and what a twentieth of them is below."""
    error = ((originals.astype(np.float64) - shown) ** 2).mean(axis=(1, 2, 3))
    ratio = 10 * np.log10(255**2 / np.maximum(error, 1e-12))
    return {"mean": round(float(ratio.mean()), 2), "low": round(float(np.quantile(ratio, 0.05)), 2)}
