"""Taking objects out: the hole is covered by the picture's own background, so that nothing is known to be there."""

import numpy as np
from scipy import ndimage

from synth.insertion import grain
from synth.insertion.compose import RING
from synth.insertion.places import Move, laid_over
from synth.scenes import Scene, box_of

MARGINS = range(3, 14, 2)  # px that a hole may reach beyond its object, whose glow no outline holds
GLOW = 0.5  # difference of two rings, in standard deviations of the grain, that is none
MOST = 4  # objects taken out of one picture
BESIDE = 0.25  # share of the ring round a hole that other objects may cover
TRIES = 60  # places looked at for one hole


def holes_of(host: Scene, doomed: list[int], rng: np.random.Generator) -> tuple[Move, ...] | None:
    """A move for each hole that is left when the objects `doomed` are taken out of `host`, those that touch sharing
    one; None where there are more than `MOST`, an object that stays would be cut, or no background would fit."""
    if not 0 < len(doomed) <= MOST:
        return None
    gone = np.isin(host.objects, doomed)
    stays = (host.objects != 0) & ~gone
    margin = _margin(host, gone, stays)
    holes, count = ndimage.label(ndimage.binary_dilation(gone, iterations=margin))
    if (stays & (holes > 0)).any():
        return None
    free = ~ndimage.binary_dilation(host.objects != 0, iterations=MARGINS[0])
    moves = [_covered(host, holes == number, free, rng) for number in range(1, count + 1)]
    return None if any(move is None for move in moves) else tuple(move for move in moves if move is not None)


def _margin(host: Scene, gone: np.ndarray, stays: np.ndarray) -> int:
    """How far the objects' glow goes: until a ring is no lighter or darker than the next one; the least margin in
    slices, whose organs do not glow."""
    if host.is_slice:
        return MARGINS[0]
    level = host.pixels.astype(np.float64).mean(axis=2)
    fine = grain.split(level)[1]
    away = ndimage.distance_transform_edt(~gone)
    away[stays] = np.inf
    for margin in MARGINS:
        near, far = ((away > margin + k) & (away <= margin + k + 3) for k in (0, 3))
        if not near.any() or not far.any():
            return margin
        if abs(float(np.median(level[near]) - np.median(level[far]))) <= max(GLOW * float(fine[near].std()), 0.5):
            return margin
    return MARGINS[-1]


def _covered(host: Scene, part: np.ndarray, free: np.ndarray, rng: np.random.Generator) -> Move | None:
    """The background of `host`, where `free` bool[h, w], that is most like the surroundings of `part` bool[h, w],
    shifted onto it."""
    near = ndimage.binary_dilation(part, iterations=RING)
    ring = near & ~part
    if not ring.any() or (host.objects[ring] != 0).mean() > BESIDE:
        return None
    grey = host.pixels.mean(axis=2)
    level = ndimage.gaussian_filter(grey, 1.0)
    fine = grey - level
    x1, y1, x2, y2 = box_of(near)
    window = slice(y1, y2), slice(x1, x2)
    seen, wanted = near[window], level[ring & (host.objects == 0)]
    beside = (ring & (host.objects == 0))[window]
    rough = fine[window][beside].std()
    height, width = part.shape
    best, chosen = np.inf, None
    for _ in range(TRIES):
        dy, dx = (
            int(rng.integers(-(low // host.grid), (length - high) // host.grid + 1)) * host.grid
            for low, high, length in ((y1, y2, height), (x1, x2, width))
        )
        place = slice(y1 + dy, y2 + dy), slice(x1 + dx, x2 + dx)
        if not free[place][seen].all():
            continue
        difference = level[place][beside] - wanted
        offset, unlike = np.median(difference), fine[place][beside].std() - rough
        misfit = float(np.abs(difference - offset).mean() + 0.25 * abs(offset) + abs(unlike))
        if misfit < best:
            best, chosen = misfit, (-dy, -dx)
    if chosen is None:
        return None
    pixels, _, _ = laid_over(host, host, *chosen)
    return Move(pixels, np.zeros_like(host.objects), part, box_of(part))
