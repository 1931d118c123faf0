"""What happens between the object and the file: shading, blur, noise, things in the way, contrast, inversion."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.engine.phantoms.shapes import SIZE, Array, field


def disturb(rng: np.random.Generator, picture: Array) -> Array:
    """`picture` float32[h, w, 3] as an imperfect scanner or camera sees it."""
    if rng.random() < 0.4:  # coil or lamp
        picture = picture * np.exp(rng.uniform(0.05, 0.35) * field(rng, 2))[..., None]
    if rng.random() < 0.06:
        picture = _with_something_in_the_way(rng, picture)
    if rng.random() < 0.5:
        picture = ndimage.gaussian_filter(picture, (*[rng.uniform(0.3, 1.6)] * 2, 0))
    kind = rng.choice(["none", "even", "grained", "speckle"], p=[0.15, 0.4, 0.25, 0.2])
    if kind != "none":
        channels = 3 if rng.random() < 0.4 else 1
        noise = rng.standard_normal((SIZE, SIZE, channels)).astype(np.float32)
        if kind == "grained":
            noise = ndimage.gaussian_filter(noise, (0.8, 0.8, 0)) * 2.5
        level = rng.uniform(0.01, 0.1)
        picture = picture + level * noise * (2 * picture if kind == "speckle" else 1)
    if rng.random() < 0.25:
        picture = 1 - picture
    return picture


def _with_something_in_the_way(rng: np.random.Generator, picture: Array) -> Array:
    """A few straight marks: electrodes, callipers, scratches, stripes of metal."""
    picture = picture.copy()
    for _ in range(rng.integers(1, 4)):
        x, y = rng.integers(0, SIZE - 2, 2)
        thick, long = rng.integers(1, 4), rng.integers(10, 80)
        rows, columns = (slice(y, y + thick), slice(x, x + long))
        if rng.random() < 0.5:
            rows, columns = slice(y, y + long), slice(x, x + thick)
        picture[rows, columns] = rng.choice([0.0, 1.0])
    return picture


def to_bytes(rng: np.random.Generator, picture: Array) -> npt.NDArray[np.uint8]:
    """A gamma and a display range, then eight bits."""
    low, high = np.percentile(picture, [rng.uniform(0, 1), rng.uniform(99, 100)])
    picture = np.clip((picture - low) / max(high - low, 1e-3), 0, 1) ** rng.uniform(0.6, 1.6)
    bottom, span = rng.uniform(0, 0.2), rng.uniform(0.5, 1.0)
    return np.round(255 * np.clip(bottom + span * picture, 0, 1)).astype(np.uint8)
