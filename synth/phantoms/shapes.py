"""Soft shapes and textures that the phantoms are painted with.

Shapes are signed distances in pixels, negative inside; textures have mean 0 and standard deviation 1.
Grids are (y, x) pairs of float32[h, w] in pixels relative to the shape's centre.
"""

import numpy as np
from scipy import ndimage

Grid = tuple[np.ndarray, np.ndarray]


def grid(height: int, width: int, centre: tuple[float, float]) -> Grid:
    """Pixel centres relative to `centre` = (x, y)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return y + 0.5 - centre[1], x + 0.5 - centre[0]


def texture(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """Smooth Gaussian noise with correlation length about `sigma` px."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma, mode="wrap")
    return field / max(float(field.std()), 1e-6)


def blob(rng: np.random.Generator, at: Grid, radius: float, roughness: float, aspect: float = 1.0) -> np.ndarray:
    """A roundish outline: an ellipse of mean `radius` whose edge waves by `roughness` (a share of the radius).

    Seven harmonics with falling amplitude; the distance is radial, exact enough for edges a few pixels soft.
    """
    y, x = at
    turn = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(turn) + y * np.sin(turn)
    across = -x * np.sin(turn) + y * np.cos(turn)
    along, across = along / np.sqrt(aspect), across * np.sqrt(aspect)
    angle = np.arctan2(across, along)
    edge = np.ones_like(x)
    for order in range(2, 9):
        edge += roughness * rng.normal() / order * np.cos(order * angle + rng.uniform(0, 2 * np.pi))
    return np.hypot(along, across) - radius * edge


def disc(at: Grid, centre: tuple[float, float], radius: float) -> np.ndarray:
    return np.hypot(at[1] - centre[0], at[0] - centre[1]) - radius


def capsule(at: Grid, start: tuple[float, float], end: tuple[float, float], radius: float) -> np.ndarray:
    """A line of thickness 2 `radius` with round ends, from `start` to `end` = (x, y)."""
    y, x = at[0] - start[1], at[1] - start[0]
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
    return np.hypot(x - share * dx, y - share * dy) - radius


def join(shapes: list[np.ndarray], roundness: float) -> np.ndarray:
    """Smooth union (log-sum-exp): neighbouring shapes flow together within about `roundness` px."""
    total = np.zeros_like(shapes[0])
    for shape in shapes:
        total += np.exp(np.clip(-shape / roundness, -60, 60))
    return -roundness * np.log(total + 1e-30)


def cover(distance: np.ndarray, softness: float) -> np.ndarray:
    """Share of each pixel that is inside, 0-1; `softness` is the width of the edge in px."""
    return 1 / (1 + np.exp(np.clip(4 * distance / softness, -50, 50)))
