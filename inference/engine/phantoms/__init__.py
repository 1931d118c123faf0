"""Made-up medical-looking pictures with exact masks, to train and to test the demo segmenter on.

Six looks (grey organs, an abdomen, small structures, stained cells, fluorescent nuclei, whole living cells) times
several shapes (smooth, lobed, crescent, tube), drawn back to front with soft edges, then disturbed as scanners and
cameras do; a seventh, glands in zones, is only drawn where it is asked for. Everything follows from the generator that
is passed in.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.phantoms.camera import disturb, to_bytes
from inference.engine.phantoms.looks import LOOKS
from inference.engine.phantoms.outlines import MIN_CONTRAST, contrast, visible_share
from inference.engine.phantoms.shapes import SIZE, Mask

__all__ = ["MIN_AREA", "MIN_CONTRAST", "SIZE", "Mask", "Scene", "contrast", "scene", "visible_share"]

MIN_AREA = 60
SHARES = {  # of the looks where none is asked for
    "organs": 0.25,
    "abdomen": 0.2,
    "structures": 0.15,
    "cells": 0.12,
    "fluorescence": 0.13,
    "whole cells": 0.15,
}


@dataclass(frozen=True)
class Scene:
    """`image` uint8[SIZE, SIZE, 3] and its objects, each bool[SIZE, SIZE]; nested ones (nucleus in cell) overlap."""

    image: npt.NDArray[np.uint8]
    masks: list[Mask]
    look: str


def _largest_part(mask: Mask) -> Mask:
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    return parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))


def scene(rng: np.random.Generator, *, look: str | None = None, min_contrast: float = MIN_CONTRAST) -> Scene:
    """One picture (of `look`, else of any) with at least one object of `MIN_AREA` pixels; each is one connected part.

    Objects whose `contrast` is below `min_contrast` are left out: to measure, only what can be seen counts; to learn
    what to say about the others (0), all are kept.
    """
    while True:
        kind = look or str(rng.choice(list(SHARES), p=list(SHARES.values())))
        picture, masks = LOOKS[kind](rng)
        masks = [_largest_part(m) for m in masks]
        image = to_bytes(rng, disturb(rng, picture))
        masks = [m for m in masks if m.sum() >= MIN_AREA and (not min_contrast or contrast(image, m) >= min_contrast)]
        if masks:
            return Scene(image, masks, kind)
