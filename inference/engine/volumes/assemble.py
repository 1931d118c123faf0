"""Slices to one labelled volume: gaps filled, lone bits removed, and `ignore` wherever nobody knows (I11)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt

from inference.engine.volumes.shapes import Mask, fill, largest_part, smooth

IGNORE = 255


@dataclass(frozen=True)
class Answers:
    """One label: {slice: bool[h, w]} where it was marked, and the slices where it was said to be absent."""

    masks: dict[int, Mask]
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Assembled:
    """`mask` bool[slices, h, w]; `known` bool[slices]: False where neither an answer nor a gap's filling says anything.

    `filled` are the slices that were filled between answered ones.
    """

    mask: Mask
    known: npt.NDArray[np.bool_]
    filled: tuple[int, ...] = field(default=())


def assemble(
    answers: Answers,
    count: int,
    size: tuple[int, int],
    *,
    longest: int | None = None,
    one_part: bool = True,
    even: bool = True,
) -> Assembled:
    """One label's volume of `count` slices of `size` = (h, w).

    Slices between marked ones that nobody answered are filled, where no more than `longest` of them are missing in a
    row (None: however many). Before the first and after the last marked slice nothing is made up: unanswered slices
    there are unknown, and so is the whole volume where nothing was marked. `one_part` keeps the largest connected part
    in space, `even` evens out steps between slices; longer gaps are bridged for that, and unknown again afterwards.
    """
    known = np.zeros(count, bool)
    known[[*answers.masks, *answers.absent]] = True
    marked = {k: m for k, m in answers.masks.items() if m.any()}
    bridges = {k: m for k, m in fill(marked).items() if not known[k] and m.any()}
    volume = np.zeros((count, *size), bool)
    for k, mask in {**marked, **bridges}.items():
        volume[k] = mask
    if volume.any() and (one_part or even):
        volume = _tidy(volume, one_part=one_part, even=even)
    filled = tuple(k for k in sorted(bridges) if longest is None or _missing_around(k, marked) <= longest)
    for k in bridges:
        known[k] = k in filled
        volume[k] &= known[k]
    return Assembled(volume, known, filled)


def _missing_around(k: int, marked: dict[int, Mask]) -> int:
    """How many slices lie between the nearest marked ones on both sides of slice `k`."""
    return min(n for n in marked if n > k) - max(n for n in marked if n < k) - 1


def _tidy(volume: Mask, *, one_part: bool, even: bool) -> Mask:
    """Repairs over the slices from the first to the last marked one: unknown ones beyond must not eat into them."""
    inside = np.flatnonzero(volume.any((1, 2)))
    span = slice(inside[0], inside[-1] + 1)
    part = smooth(volume[span]) if even else volume[span]
    tidy = volume.copy()
    tidy[span] = largest_part(part) if one_part else part
    return tidy if tidy.any() else volume


def to_labels(assembled: Iterable[tuple[int, Assembled]]) -> npt.NDArray[np.uint8]:
    """uint8[slices, h, w] of several labels (value, volume), the last wins; `IGNORE` on slices unknown for any, outside
    the others.

    An unlabelled organ is not background: a voxel is background only where every label is known to be elsewhere.
    """
    labels: npt.NDArray[np.uint8] | None = None
    for value, one in assembled:
        if labels is None:
            labels, unknown = np.zeros(one.mask.shape, np.uint8), np.zeros(len(one.mask), bool)
        labels[one.mask] = value
        unknown |= ~one.known
    if labels is None:
        raise ValueError("A label volume needs at least one label.")
    labels[unknown[:, None, None] & (labels == 0)] = IGNORE
    return labels


def write_nifti(labels: npt.NDArray[np.uint8], source: Path, out: Path, *, axis: int) -> None:
    """Write uint8[slices, h, w], cut along `axis` of the volume in `source`, as NIfTI with its affine and header."""
    original: Any = nib.load(source)
    volume = np.moveaxis(labels, 0, axis)
    header = original.header.copy()
    header.set_data_dtype(np.uint8)
    header.set_slope_inter(1, 0)
    nib.save(nib.Nifti1Image(volume, original.affine, header), out)
