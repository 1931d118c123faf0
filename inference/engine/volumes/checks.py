"""What a person should look at again in the answers on a volume's slices: gaps, jumps of area, swapped sides."""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
AREA_RATIO = 2.0  # a slice's area against what its neighbours let expect
LEAST_AREA = 25  # pixels; below, areas jump by themselves
TAPERED = 0.25  # of the largest area: an organ that ends with more was probably left too early


@dataclass(frozen=True)
class Finding:
    """`kind` is "gap", "area", "end" or "sides"; `slices` are those to look at."""

    kind: str
    slices: tuple[int, ...]
    sentence: str


def gaps(answered: set[int]) -> list[Finding]:
    """Runs of slices without an answer between the first and the last that have one."""
    known = sorted(answered)
    return [
        Finding("gap", tuple(range(low + 1, high)), f"Slices {low + 1} to {high - 1} have no answer.")
        for low, high in itertools.pairwise(known)
        if high > low + 1
    ]


def area_jumps(masks: dict[int, Mask]) -> list[Finding]:
    """Slices whose area is less than half, or more than twice, that of both neighbours (or of their mean)."""
    areas = {k: int(m.sum()) for k, m in masks.items()}
    found = []
    for k in sorted(areas):
        around = [areas[n] for n in (k - 1, k + 1) if n in areas]
        if len(around) < 2 or max(areas[k], *around) < LEAST_AREA:
            continue
        expected = sum(around) / 2
        same_side = (areas[k] - around[0]) * (areas[k] - around[1]) > 0  # not one step of a steady change
        if same_side and not expected / AREA_RATIO <= areas[k] <= expected * AREA_RATIO:
            found.append(
                Finding("area", (k,), f"Slice {k} has {areas[k]} pixels, its neighbours about {expected:.0f}.")
            )
    return found


def cut_ends(masks: dict[int, Mask], count: int) -> list[Finding]:
    """Ends with a large area and a further slice behind them: organs taper, so slices are probably missing there."""
    areas = {k: int(m.sum()) for k, m in masks.items() if m.any()}
    if not areas:
        return []
    largest, found = max(areas.values()), []
    for end, beyond in ((min(areas), min(areas) - 1), (max(areas), max(areas) + 1)):
        if 0 <= beyond < count and areas[end] > TAPERED * largest:
            share = 100 * areas[end] / largest
            found.append(Finding("end", (beyond,), f"Slice {end} still has {share:.0f} % of the largest area."))
    return found


def swapped_sides(left: dict[int, Mask], right: dict[int, Mask]) -> list[Finding]:
    """Slices where two paired organs lie the other way round than on most slices (columns are left and right)."""
    order: dict[int, bool] = {}
    for k in sorted(set(left) & set(right)):
        if left[k].any() and right[k].any():
            order[k] = bool(np.nonzero(left[k])[1].mean() < np.nonzero(right[k])[1].mean())
    usual = sum(order.values()) * 2 >= len(order)
    odd = [k for k, value in order.items() if value != usual]
    return [Finding("sides", (k,), f"On slice {k} left and right lie the other way round.") for k in odd]
