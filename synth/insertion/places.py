"""Which object goes where: on free background among its like, or in the place of the host's own organ."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from synth.insertion.compose import RING
from synth.scenes import Scene, box_of

MARGIN = 2  # px that a part reaches beyond its object: its blurred edge belongs to it
ALIKE = 0.6  # least Dice of two organs, one over the other
TRIES = 30  # places looked at for one object


@dataclass(frozen=True)
class Move:
    """The donor's pixels and objects shifted onto the host: `pixels` uint8[h, w, 3], `objects` int32[h, w] and the
    `part` bool[h, w] to take over; `box` of the object that is put in."""

    pixels: np.ndarray
    objects: np.ndarray
    part: np.ndarray
    box: tuple[int, int, int, int]


def on_background(host: Scene, donor: Scene, number: int, rng: np.random.Generator) -> Move | None:
    """Donor's object `number` at a free place of the host whose surroundings are most like its own; None where none
    is free, or the object's own surroundings are not known."""
    shape = donor.objects == number
    x1, y1, x2, y2 = box_of(shape)
    reach = MARGIN + RING
    height, width = host.objects.shape
    window = slice(y1 - reach, y2 + reach), slice(x1 - reach, x2 + reach)
    if min(x1, y1) < reach or x2 + reach > shape.shape[1] or y2 + reach > shape.shape[0]:
        return None
    part = ndimage.binary_dilation(shape, iterations=MARGIN)
    near = ndimage.binary_dilation(part, iterations=RING)
    if (donor.objects[near & ~shape] != 0).any():
        return None  # another object would come along
    around, seen = float(np.median(donor.pixels[near & ~part])), near[window]
    best, chosen = np.inf, None
    for _ in range(TRIES):
        dx = _shift(rng, reach - x1, width - x2 - reach, host.grid)
        dy = _shift(rng, reach - y1, height - y2 - reach, host.grid)
        if dx is None or dy is None:
            return None
        place = tuple(slice(side.start + d, side.stop + d) for side, d in zip(window, (dy, dx), strict=True))
        if (host.objects[place][seen] != 0).any():
            continue
        difference = abs(float(np.median(host.pixels[place][seen])) - around)
        if difference < best:
            best, chosen = difference, (dy, dx)
    if chosen is None:
        return None
    pixels, objects, known = laid_over(host, donor, *chosen)
    moved = (objects == number) & known
    return Move(pixels, objects, ndimage.binary_dilation(moved, iterations=MARGIN), box_of(moved))


def over_own(host: Scene, donor: Scene, key: str) -> Move | None:
    """Donor's organ over the host's, with enough of its surroundings to cover the host's whole; None where the two
    are not alike, or another organ would be cut."""
    own, other = host.mask(key), donor.mask(key)
    if not own.any() or not other.any():
        return None
    centres = zip(ndimage.center_of_mass(own), ndimage.center_of_mass(other), strict=True)
    dy, dx = (host.grid * round(float(a - b) / host.grid) for a, b in centres)
    pixels, objects, known = laid_over(host, donor, dy, dx)
    moved = np.isin(objects, [number for number, kind in donor.kinds.items() if kind == key]) & known
    if moved.sum() != other.sum() or 2 * (moved & own).sum() < ALIKE * (moved.sum() + own.sum()):
        return None
    part = ndimage.binary_dilation(moved | own, iterations=MARGIN)
    if not known[ndimage.binary_dilation(part, iterations=RING)].all():
        return None
    rim = part & ~ndimage.binary_erosion(part)
    if (host.objects[rim] != 0).any() or (objects[rim] != 0).any():
        return None
    return Move(pixels, objects, part, box_of(moved))


def _shift(rng: np.random.Generator, low: int, high: int, grid: int) -> int | None:
    """A random shift in low..high by a multiple of `grid`."""
    first, last = -(-low // grid), high // grid
    return int(rng.integers(first, last + 1)) * grid if first <= last else None


def laid_over(host: Scene, donor: Scene, dy: int, dx: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The donor's pixels and objects shifted onto the host's frame, and bool[h, w] where it has any; elsewhere the
    host's pixels and no objects."""
    (height, width), (rows, columns) = host.objects.shape, donor.objects.shape
    to = slice(max(dy, 0), max(min(height, rows + dy), 0)), slice(max(dx, 0), max(min(width, columns + dx), 0))
    source = slice(to[0].start - dy, to[0].stop - dy), slice(to[1].start - dx, to[1].stop - dx)
    pixels, objects = host.pixels.copy(), np.zeros((height, width), dtype=np.int32)
    known = np.zeros((height, width), dtype=bool)
    pixels[to], objects[to], known[to] = donor.pixels[source], donor.objects[source], True
    return pixels, objects, known
