"""Made-up medical-looking pictures with exact masks, to train and to test the demo segmenter on.

Six looks (grey organs, an abdomen, small structures, stained cells, fluorescent nuclei, whole living cells) times
several shapes (smooth, lobed, crescent, tube), drawn back to front with soft edges, then disturbed as scanners and
cameras do. Everything follows from the generator that is passed in.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.phantoms.camera import disturb, to_bytes
from inference.engine.phantoms.looks import LOOKS
from inference.engine.phantoms.shapes import SIZE, Mask

__all__ = ["MIN_AREA", "MIN_CONTRAST", "SIZE", "Mask", "Scene", "contrast", "scene"]

MIN_AREA = 60
MIN_CONTRAST = 0.7  # see `contrast`; nobody could say where a fainter object ends
RIM = 4  # pixels on either side of an outline
SHARES = {
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


def contrast(image: npt.NDArray[np.uint8], mask: Mask) -> float:
    """How well `mask` stands out along its outline: difference of the rims' means over their spread, best channel."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    part = (
        slice(max(rows[0] - 2 * RIM, 0), rows[-1] + 2 * RIM + 1),
        slice(max(columns[0] - 2 * RIM, 0), columns[-1] + 2 * RIM + 1),
    )
    inside, values = mask[part], ndimage.gaussian_filter(image[part].astype(np.float32), (1, 1, 0))
    inner = inside & ~ndimage.binary_erosion(inside, iterations=RIM)
    outer = ndimage.binary_dilation(inside, iterations=RIM) & ~inside
    if not outer.any():
        return 0.0
    spread = np.sqrt((values[inner].var(0) + values[outer].var(0)) / 2) + 1
    return float((np.abs(values[inner].mean(0) - values[outer].mean(0)) / spread).max())


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
