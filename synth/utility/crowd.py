"""Slices that a crowd labelled, as the first study adds them (Syahmi et al. 2024); simulated where there are none.

A simulated person draws each true outline too wide or too narrow (sd a tenth of the object's radius), beside its place
(a tenth) and unsteadily (a tenth, in waves of half a radius); a pixel has a label when more than half of the people say
so. Real people also take the wrong object and share their mistakes, so what this shows is an upper bound.
"""

import numpy as np
from scipy import ndimage

from quality.domain.metrics import dice
from synth.errors import DataError
from synth.maps import squares
from synth.scenes import Scene
from synth.utility.examples import Examples, of_maps

PEOPLE = 5
CARE = 0.1  # of an object's radius, standard deviation of each error


def simulated(
    scenes: list[Scene], keys: tuple[str, ...], *, n: int, size: int, rng: np.random.Generator
) -> tuple[Examples, float]:
    """The first `n` of `scenes` as a simulated crowd labels them, and the mean Dice of its masks with the truth."""
    if not scenes:
        raise DataError("No further labelled slice is left for the simulated crowd.")
    true = of_maps(squares(scenes[:n], keys, size=size))
    fused = np.stack([[_fused(mask, rng) for mask in masks] for masks in true.masks])
    agreement = [dice(fused[at], true.masks[at]) for at in np.ndindex(true.known.shape) if true.masks[at].any()]
    return Examples(true.pixels, fused, true.known), float(np.mean(agreement))


def given(scenes: list[Scene], keys: tuple[str, ...], *, n: int, size: int, rng: np.random.Generator) -> Examples:
    """`n` of the `scenes` that a crowd labelled, or all if they are fewer."""
    labelled = [scene for scene in scenes if scene.kinds]
    if not labelled:
        raise DataError("The crowd labelled no slice of a source that may be trained on.")
    chosen = [labelled[i] for i in rng.permutation(len(labelled))[:n]]
    return of_maps(squares(chosen, keys, size=size))


def _fused(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The majority of `PEOPLE` who draw `mask` bool[s, s]."""
    if not mask.any():
        return mask
    votes = np.sum([_drawn(mask, rng) for _ in range(PEOPLE)], axis=0)
    fused: np.ndarray = votes > PEOPLE / 2
    return fused


def _drawn(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    radius = float(np.sqrt(np.count_nonzero(mask) / np.pi))
    inside = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    inside = ndimage.shift(inside, CARE * radius * rng.normal(size=2), order=1, mode="nearest")
    waves = ndimage.gaussian_filter(rng.normal(size=mask.shape), max(radius / 2, 0.5))
    drawn: np.ndarray = inside + CARE * radius * (rng.normal() + waves / waves.std()) > 0
    return drawn
