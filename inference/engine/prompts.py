"""Prompts made from a known mask: what an ideal, and what a hasty person would mark."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.protocol import Box, Point

Mask = npt.NDArray[np.bool_]
JITTER = 0.05  # of the box's own width and height, per edge


def tight_box(mask: Mask) -> Box:
    """The half-open box around `mask` bool[h, w], which must not be empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def jittered_box(mask: Mask, rng: np.random.Generator, jitter: float = JITTER) -> Box:
    """The tight box with every edge moved by a normal error of `jitter` times the box's width or height."""
    x1, y1, x2, y2 = tight_box(mask)
    width, height = x2 - x1, y2 - y1
    dx1, dy1, dx2, dy2 = rng.normal(0, jitter, 4) * (width, height, width, height)
    x1, y1, x2, y2 = max(x1 + dx1, 0), max(y1 + dy1, 0), min(x2 + dx2, mask.shape[1]), min(y2 + dy2, mask.shape[0])
    return float(x1), float(y1), float(max(x2, x1 + 1)), float(max(y2, y1 + 1))


def simulated_boxes(mask: Mask) -> list[tuple[Box, Mask]]:
    """One box a region, as Kulkarni et al. (2024, arXiv 2402.05713) simulate the crowd, with that region's mask.

    A uniform filter of 5x5 bridges small gaps; what then exceeds 0.01 and hangs together is one region. The box is
    that of the filtered region, so it is about two pixels wider than the object on every side.
    """
    spread = ndimage.uniform_filter(mask.astype(np.float32), 5, mode="constant") > 0.01
    parts, count = ndimage.label(spread, structure=np.ones((3, 3)))
    return [(tight_box(parts == i), mask & (parts == i)) for i in range(1, count + 1)]


def correcting_point(truth: Mask, proposed: Mask) -> Point | None:
    """Where a person would click next: the middle of the largest mistake; None when there is none."""
    wrong, count = ndimage.label(truth ^ proposed)
    if count == 0:
        return None
    largest = wrong == 1 + int(np.argmax(np.bincount(wrong.ravel())[1:]))
    depth = ndimage.distance_transform_edt(np.pad(largest, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return float(x) + 0.5, float(y) + 0.5, bool(truth[y, x])
