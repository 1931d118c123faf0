"""What happens to every picture, gold and open, before people see it: resize, noise, WebP.

The gates must look at what an attacker will have. The site's own pipeline (`webapp.images.pipeline`) is out of reach of
this package, so these are its steps with its numbers; a contract test holds the two together.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage


@dataclass(frozen=True)
class CommonPath:
    """`factor` shrinks, `noise` is in grey levels of 255 (standard deviation), `quality` is WebP's."""

    factor: float = 1.0
    noise: float = 1.0
    quality: int = 88


def serve(pixels: np.ndarray, path: CommonPath, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """uint8[h, w, 3] -> what is served: pixels uint8[h', w', 3] and the number of bytes."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width * path.factor)), max(1, round(height * path.factor)))
    planes = [PillowImage.fromarray(pixels[..., c].astype(np.float32)) for c in range(3)]
    if size != (width, height):
        planes = [plane.resize(size, PillowImage.Resampling.BICUBIC) for plane in planes]
    level = np.stack([np.asarray(plane) for plane in planes], axis=-1)
    level = level + path.noise * rng.standard_normal(level.shape, dtype=np.float32)
    file = io.BytesIO()
    PillowImage.fromarray(np.clip(np.rint(level), 0, 255).astype(np.uint8)).save(
        file, "WEBP", quality=path.quality, method=3
    )
    return np.asarray(PillowImage.open(file).convert("RGB")), len(file.getvalue())
