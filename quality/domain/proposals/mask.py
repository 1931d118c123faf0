"""Mask proposals: an outline shifted, swollen, shrunken, or with a side cut off.

Whatever the error, it is drawn again until Dice with the draft lies between .35 and .8: plain to somebody who looks,
and not absurd. Where there is nothing, an ellipse is invented.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from quality.domain.answers import Answer, is_abstention, mask_answer, mask_of
from quality.domain.masks import Mask, union_window
from quality.domain.metrics import dice, iou

_DICE = (0.35, 0.8)
_TRIES = 12


class MaskProposals:
    def perturb(
        self, draft: Answer, *, labels: Sequence[str], size: tuple[int, int], rng: np.random.Generator
    ) -> dict[str, Any] | None:
        drawn = mask_of(draft, size=size)
        if not drawn.any():
            return mask_answer(_invented(size, rng))
        side = float(np.sqrt(np.count_nonzero(drawn)))
        window = union_window(drawn[None], margin=int(side) + 1)
        assert window is not None
        part = drawn[window]
        for _ in range(_TRIES):
            wrong = _ERRORS[rng.integers(len(_ERRORS))](part, side, rng)
            if _DICE[0] <= dice(part, wrong) <= _DICE[1]:
                whole = np.zeros(size, dtype=bool)
                whole[window] = wrong
                return mask_answer(whole)
        return None

    def distance(self, proposal: Answer, answer: Answer, *, size: tuple[int, int]) -> float:
        """1 - IoU."""
        if is_abstention(answer):
            return 1.0
        return 1 - iou(mask_of(proposal, size=size), mask_of(answer, size=size))


def _shifted(mask: Mask, side: float, rng: np.random.Generator) -> Mask:
    angle, step = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.5) * side
    rows, columns = round(step * np.sin(angle)), round(step * np.cos(angle))
    return np.asarray(ndimage.shift(mask, (rows, columns), order=0, cval=0), dtype=bool)


def _swollen(mask: Mask, side: float, rng: np.random.Generator) -> Mask:
    return np.asarray(ndimage.distance_transform_edt(~mask) <= rng.uniform(0.12, 0.3) * side)


def _shrunken(mask: Mask, side: float, rng: np.random.Generator) -> Mask:
    return np.asarray(ndimage.distance_transform_edt(mask) > rng.uniform(0.1, 0.22) * side)


def _cut(mask: Mask, side: float, rng: np.random.Generator) -> Mask:
    """Between a third and two thirds of it lost behind a straight line."""
    rows, columns = np.nonzero(mask)
    angle = rng.uniform(0, 2 * np.pi)
    along = rows * np.sin(angle) + columns * np.cos(angle)
    kept = along <= np.quantile(along, rng.uniform(0.35, 0.65))
    part = np.zeros_like(mask)
    part[rows[kept], columns[kept]] = True
    return part


_ERRORS: tuple[Callable[[Mask, float, np.random.Generator], Mask], ...] = (_shifted, _swollen, _shrunken, _cut)


def _invented(size: tuple[int, int], rng: np.random.Generator) -> Mask:
    height, width = size
    rows, columns = np.mgrid[:height, :width]
    y, x = rng.uniform(0.25, 0.75, 2) * (height, width)
    radii = np.maximum(rng.uniform(0.06, 0.16, 2) * min(height, width), 1.0)
    return np.asarray(((rows - y) / radii[0]) ** 2 + ((columns - x) / radii[1]) ** 2 <= 1)
