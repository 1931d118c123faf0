"""Outlines of made-up objects, as signed distances on one small picture, and smooth random fields."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

SIZE = 144
Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_ROWS, _COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)


def field(rng: np.random.Generator, cells: int) -> Array:
    """A smooth random field of about `cells` bumps a side: float32[SIZE, SIZE], mean 0, spread 1."""
    coarse = rng.standard_normal((cells + 3, cells + 3)).astype(np.float32)
    fine = ndimage.zoom(coarse, SIZE / cells, order=1)
    y, x = rng.integers(0, fine.shape[0] - SIZE + 1), rng.integers(0, fine.shape[1] - SIZE + 1)
    part = fine[y : y + SIZE, x : x + SIZE]
    return ((part - part.mean()) / (part.std() + 1e-6)).astype(np.float32)


def blob(rng: np.random.Generator, cx: float, cy: float, radius: float, roughness: float) -> Array:
    """Signed distance (about, in pixels, positive inside) to a turned ellipse with a wavy outline."""
    turn, flat = rng.uniform(0, np.pi), rng.uniform(0.45, 1.0)
    dx, dy = _COLUMNS - cx, _ROWS - cy
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / radius
    v = (dy * np.cos(turn) - dx * np.sin(turn)) / (radius * flat)
    angle = np.arctan2(v, u)
    outline = np.ones_like(angle)
    for k in range(2, 8):
        outline += rng.normal(0, roughness / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)).astype(np.float32)
    return ((outline - np.hypot(u, v)) * radius * np.sqrt(flat)).astype(np.float32)


def crescent(rng: np.random.Generator, cx: float, cy: float, radius: float) -> Array:
    """A blob with a bite taken out of it."""
    turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.0) * radius
    bite = blob(rng, cx + away * np.cos(turn), cy + away * np.sin(turn), radius * rng.uniform(0.6, 0.9), 0.1)
    return np.minimum(blob(rng, cx, cy, radius, 0.15), -bite)


def tube(rng: np.random.Generator, cx: float, cy: float, radius: float) -> Array:
    """A bent vessel: the distance to a parabola, as thick as it says."""
    turn, bend, thick = rng.uniform(0, np.pi), rng.uniform(-0.8, 0.8) / radius, radius * rng.uniform(0.18, 0.4)
    u = (_COLUMNS - cx) * np.cos(turn) + (_ROWS - cy) * np.sin(turn)
    v = (_ROWS - cy) * np.cos(turn) - (_COLUMNS - cx) * np.sin(turn)
    off = (v - bend * u**2) / np.sqrt(1 + (2 * bend * u) ** 2)
    return (thick - np.hypot(off, np.maximum(np.abs(u) - radius, 0))).astype(np.float32)


def wedge(cx: float, cy: float, turn: float, half_angle: float) -> Array:
    """Signed distance (about) to the sector that opens at (cx, cy) towards the direction `turn`; angles in radians."""
    dx, dy = _COLUMNS - cx, _ROWS - cy
    angle = np.abs(np.angle(np.exp(1j * (np.arctan2(dy, dx) - turn))))
    return (np.hypot(dx, dy) * np.sin(np.clip(half_angle - angle, -np.pi / 2, np.pi / 2))).astype(np.float32)


def shape(rng: np.random.Generator, cx: float, cy: float, radius: float) -> Array:
    """Any of the shapes, signed distance in pixels, positive inside."""
    kind = rng.choice(["smooth", "lobed", "crescent", "tube"], p=[0.4, 0.35, 0.13, 0.12])
    if kind == "crescent":
        return crescent(rng, cx, cy, radius)
    if kind == "tube":
        return tube(rng, cx, cy, radius)
    return blob(rng, cx, cy, radius, 0.08 if kind == "smooth" else 0.35)


def place(rng: np.random.Generator, smallest: float, largest: float) -> tuple[float, float, float]:
    """A centre (x, y) that keeps most of the object on the picture, and a radius; small ones are frequent."""
    radius = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
    cx, cy = rng.uniform(radius * 0.6, SIZE - radius * 0.6, 2)
    return float(cx), float(cy), radius


def cut_in_two(rng: np.random.Generator, mask: Mask) -> Mask:
    """One side of `mask` along a straight line near its middle: half an organ, as anatomists divide them."""
    rows, columns = np.nonzero(mask)
    turn, away = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.3) * np.sqrt(rows.size / np.pi)
    side = (_COLUMNS - columns.mean()) * np.cos(turn) + (_ROWS - rows.mean()) * np.sin(turn) > away
    return np.asarray(mask & side)
