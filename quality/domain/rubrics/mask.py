"""Mask answers: overlap and outline, half and half.

    score = (Dice + NSD) / 2,   NSD = surface Dice at 2 px

Dice alone hardly sees the outline of a large organ; the outline alone hardly sees a missing lobe of a small one. Two
pixels are what a careful finger reaches on a phone. "Nothing" is an empty mask: 1 against an empty truth, else 0.
Outside the known region both masks are blanked, so nothing there is graded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quality.domain.answers import Answer, is_abstention, mask_of
from quality.domain.masks import Mask
from quality.domain.metrics import dice, outline_traits, surface_dice
from quality.domain.rubrics.result import ABSTAINED, RubricResult

TOLERANCE_PX = 2.0


def grade(
    answer: Answer, truth: Answer, *, known_region: Mapping[str, Any] | None = None, size: tuple[int, int]
) -> RubricResult:
    """Details: "dice", "surface_dice", "area_ratio", "empty_truth"; where both masks hold something "offset",
    "sensitivity" and "specificity" as `outline_traits` has them."""
    if is_abstention(answer):
        return RubricResult(None, {ABSTAINED: True})
    drawn, true = mask_of(answer, size=size), mask_of(truth, size=size)
    if known_region is not None:
        known = _region_mask(known_region, size)
        drawn, true = drawn & known, true & known
    overlap, outline = dice(drawn, true), surface_dice(drawn, true, tolerance=TOLERANCE_PX)
    details = {
        "dice": round(overlap, 4),
        "surface_dice": round(outline, 4),
        "area_ratio": round(np.count_nonzero(drawn) / np.count_nonzero(true), 4) if true.any() else None,
        "empty_truth": not true.any(),
    }
    if drawn.any() and true.any():
        offset, sensitivity, specificity = outline_traits(drawn, true)
        details |= {"offset": offset, "sensitivity": sensitivity, "specificity": specificity}
    return RubricResult((overlap + outline) / 2, details)


def _region_mask(known_region: Mapping[str, Any], size: tuple[int, int]) -> Mask:
    region = np.zeros(size, dtype=bool)
    for x1, y1, x2, y2 in known_region["boxes"]:
        region[max(0, round(y1)) : max(0, round(y2)), max(0, round(x1)) : max(0, round(x2))] = True
    return region
