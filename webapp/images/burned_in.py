"""Text burned into pictures, which may name a patient (I13). A suspicion only: a moderator looks and decides.

Overlays are drawn letter by letter along a line: several small connected pieces of like height, side by side, in an
extreme level, or in one that stands out from what is around. Anatomy makes single pieces of that kind, hardly ever five
in a row.
"""

from functools import reduce
from typing import Any

import numpy as np
from scipy import ndimage

# Where names are usually drawn into the pixels.
RISKY_MODALITIES = {"US", "IVUS", "OT", "SC", "XC", "ES", "ECG", "HC", "DOC", "GM", "XA", "RF", "BMD", "OP", "OPT", ""}
RISKY_CLASSES = ("Secondary Capture", "Ultrasound", "VL ", "Video")
_LETTERS = 5  # in a row
_TALL = (6, 48)  # px
_DEPTHS = (0.05, 0.25, 0.45)  # of the whole span
_MANY = 20_000  # pieces; above that it is noise
_STROKE = 9  # px; what is thinner stands out from what is around (a top-hat, of light and of dark strokes)
_CONTRASTS = (0.16, 0.31)  # of white


def suspected(*, modality: str, storage_class: str, tag: str) -> bool:
    """What a DICOM header lets one fear. `tag`: BurnedInAnnotation ("YES", "NO" or empty)."""
    if tag in {"YES", "NO"}:
        return tag == "YES"
    return modality in RISKY_MODALITIES or any(name in storage_class for name in RISKY_CLASSES)


def shows_text(picture: np.ndarray) -> bool:
    """Whether letters seem to be drawn into a picture, [h, w] or [h, w, 3], uint8 or float 0-1."""
    white = 255 if picture.dtype == np.uint8 else 1.0
    colours = [picture[..., channel] for channel in range(3)] if picture.ndim == 3 else [picture]
    lightest, darkest = reduce(np.maximum, colours), reduce(np.minimum, colours)
    top, bottom = float(lightest.max()), float(darkest.min())
    if top - bottom < 0.5 * white:
        return False
    # Of the darkest and the lightest channel: letters in any colour are extreme in one of them. Smoothed edges of small
    # letters fall apart near the extreme and run together far from it, hence several depths.
    if any(
        _rows_of_letters(lightest >= top - depth * (top - bottom))
        or _rows_of_letters(darkest <= bottom + depth * (top - bottom))
        for depth in _DEPTHS
    ):
        return True
    light = lightest - ndimage.grey_opening(lightest, size=(_STROKE, _STROKE))
    dark = ndimage.grey_closing(darkest, size=(_STROKE, _STROKE)) - darkest
    return any(_rows_of_letters(strokes >= share * white) for strokes in (light, dark) for share in _CONTRASTS)


def _rows_of_letters(bright: np.ndarray) -> bool:
    if bright.mean() > 0.2:
        return False  # a white background: letters do not stand out by their level
    pieces, count = ndimage.label(bright, structure=np.ones((3, 3)))
    if count < _LETTERS or count > _MANY:
        return False
    sizes = np.bincount(pieces.reshape(-1))
    letters = [box for box in map(_letter, ndimage.find_objects(pieces), sizes[1:]) if box is not None]
    letters.sort(key=lambda box: box[0])
    return any(_run_from(letters, start) >= _LETTERS for start in range(len(letters)))


def _letter(part: Any, size: int) -> tuple[float, float, int, int] | None:
    """(left, middle, width, height) of a piece that could be a letter."""
    height = part[0].stop - part[0].start
    width = part[1].stop - part[1].start
    if not (_TALL[0] <= height <= _TALL[1] and 0.1 * height <= width <= 1.4 * height):
        return None
    if not 0.12 <= size / (height * width) <= 0.75 and width > 0.35 * height:
        return None
    return part[1].start, part[0].start + height / 2, width, height


def _run_from(letters: list[tuple[float, float, int, int]], start: int) -> int:
    """How many letters of like height follow one another along a line."""
    left, middle, width, height = letters[start]
    end, run = left + width, 1
    for x, y, w, h in letters[start + 1 :]:
        if x > end + 1.2 * height:
            break
        if x >= end and abs(y - middle) <= 0.25 * height and abs(h - height) <= 0.25 * height:
            run, end = run + 1, x + w
    return run
