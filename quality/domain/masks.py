"""Binary masks as run lengths, the way COCO writes them.

A mask is `bool[h, w]` (row, column; origin top left). Its transport form is COCO's compressed RLE
`{"size": [h, w], "counts": str}`: run lengths down the columns, starting with background, written as differences in a
base-32 alphabet. pycocotools trusts what it is given and reads past its buffers on bad input, so everything from
outside is parsed and checked here first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

Mask = NDArray[np.bool_]
Rle = dict[str, Any]

MAX_SIDE = 16_384
MAX_PIXELS = 1 << 26
_MAX_CHARACTERS_PER_RUN = 7  # 35 bits, far above MAX_PIXELS


def encode(mask: Mask) -> Rle:
    """`bool[h, w]` -> `{"size": [h, w], "counts": str}`."""
    if mask.ndim != 2:
        raise ValueError(f"A mask has two axes (rows, columns), this one has {mask.ndim}.")
    rle = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(side) for side in rle["size"]], "counts": rle["counts"].decode("ascii")}


def decode(rle: Mapping[str, Any], *, size: tuple[int, int] | None = None) -> Mask:
    """The mask of an RLE from anywhere; `size` (h, w) is what it must be, if given.

    Raises ValueError with one sentence where the RLE is not a mask.
    """
    height, width = _checked_size(rle, size)
    runs = _checked_runs(rle.get("counts"), height * width)
    values = np.arange(runs.size) % 2 == 1
    return np.repeat(values, runs).reshape((height, width), order="F")


def validate(rle: Mapping[str, Any], *, size: tuple[int, int] | None = None) -> int:
    """Check an RLE from anywhere without building its mask; returns its area (px)."""
    height, width = _checked_size(rle, size)
    return int(_checked_runs(rle.get("counts"), height * width)[1::2].sum())


def area(rle: Mapping[str, Any]) -> int:
    """Number of foreground pixels."""
    return validate(rle)


def bbox(mask: Mask) -> tuple[int, int, int, int] | None:
    """Half-open (x1, y1, x2, y2) around the foreground; None for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def union_window(masks: NDArray[np.bool_], *, margin: int) -> tuple[slice, slice] | None:
    """Rows and columns of the smallest window that holds every mask of `bool[n, h, w]` and `margin` px around them."""
    box = bbox(np.asarray(masks.any(axis=0)))
    if box is None:
        return None
    x1, y1, x2, y2 = box
    height, width = masks.shape[1:]
    rows = slice(max(0, y1 - margin), min(height, y2 + margin))
    return rows, slice(max(0, x1 - margin), min(width, x2 + margin))


def _checked_size(rle: Mapping[str, Any], expected: tuple[int, int] | None) -> tuple[int, int]:
    size = rle.get("size") if isinstance(rle, Mapping) else None
    if not isinstance(size, (list, tuple)) or len(size) != 2 or not all(type(side) is int for side in size):
        raise ValueError("A mask's size must be two whole numbers, [height, width].")
    height, width = size
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE and height * width <= MAX_PIXELS):
        raise ValueError(f"A mask of {height} x {width} pixels is out of bounds.")
    if expected is not None and (height, width) != tuple(expected):
        raise ValueError(f"The mask is {height} x {width} pixels, the picture is {expected[0]} x {expected[1]}.")
    return height, width


def _checked_runs(counts: Any, total: int) -> NDArray[np.int64]:
    """Run lengths of the compressed string: non-negative and adding up to `total`."""
    if isinstance(counts, bytes):
        counts = counts.decode("ascii", errors="replace")
    if not isinstance(counts, str) or not counts:
        raise ValueError("A mask's counts must be a non-empty string of run lengths.")
    # The longest honest string has a run a pixel: differences of small numbers, one character each.
    if len(counts) > 2 * total + _MAX_CHARACTERS_PER_RUN:
        raise ValueError("A mask's counts hold more runs than the picture has pixels.")
    runs = _parse(counts)
    if (runs < 0).any() or (runs > total).any() or int(runs.sum()) != total:
        raise ValueError(f"A mask's run lengths must be positive and add up to its {total} pixels.")
    return runs


def _parse(counts: str) -> NDArray[np.int64]:
    try:
        symbols = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError:
        raise ValueError("A mask's counts hold a character that run lengths never use.") from None
    if (symbols < 0).any() or (symbols > 63).any():
        raise ValueError("A mask's counts hold a character that run lengths never use.")
    ends = np.flatnonzero((symbols & 32) == 0)  # bit 5 says that the number goes on
    if ends.size == 0 or ends[-1] != symbols.size - 1:
        raise ValueError("A mask's counts break off in the middle of a number.")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _MAX_CHARACTERS_PER_RUN:
        raise ValueError("A mask's counts hold a number that is too large.")
    places = np.arange(symbols.size) - np.repeat(starts, lengths)
    numbers = np.add.reduceat((symbols & 31) << (5 * places), starts)
    numbers = np.where(symbols[ends] & 16, numbers - (np.int64(1) << (5 * lengths)), numbers)
    # From the fourth number on each is the difference to the run two before it.
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers
