"""What a slide, a microscope and a camera do to cells: stain strength, colour cast, blur, noise, JPEG.

Cells are painted as optical density (natural logarithm, per channel, float32[h, w, 3]); light then follows
Beer-Lambert. One `Slide` is one patient's preparation: everything on it shares its look.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage
from scipy import ndimage


@dataclass(frozen=True)
class Slide:
    """`mix` bends the stains' colours, `strength` scales them, `light` is the empty slide in 0-255 per channel."""

    name: str
    mix: np.ndarray
    strength: float
    light: np.ndarray
    blur: float
    noise: float
    jpeg: int
    dirt: float

    @classmethod
    def draw(cls, rng: np.random.Generator, name: str) -> "Slide":
        return cls(
            name=name,
            mix=np.eye(3, dtype=np.float32) + rng.normal(0, 0.025, (3, 3)).astype(np.float32),
            strength=float(rng.uniform(0.82, 1.18)),
            light=np.clip(rng.normal([244, 243, 246], [3.0, 3.0, 2.5]), 230, 253).astype(np.float32),
            blur=float(rng.uniform(0.55, 0.8)),
            noise=float(rng.uniform(1.6, 2.4)),
            jpeg=int(rng.integers(88, 95)),
            dirt=float(rng.uniform(0.2, 1.0)),
        )


def expose(slide: Slide, density: np.ndarray) -> np.ndarray:
    """Light through optical density float32[h, w, 3], defocused: float32[h, w, 3] in 0-255, without noise."""
    bent = np.clip(density @ slide.mix.T, 0, 3.2) * slide.strength
    light = slide.light * np.exp(-bent)
    return ndimage.gaussian_filter(light, (slide.blur, slide.blur, 0), mode="nearest")


def camera(rng: np.random.Generator, light: np.ndarray, *, noise: float, jpeg: int) -> bytes:
    """Sensor noise (shot and read, standard deviation `noise` at white), then one JPEG as scanners keep it.

    Noise comes last, over the whole picture at once: objects that brought their own would give themselves away.
    """
    sd = noise * np.sqrt(0.35 + 0.65 * np.clip(light, 0, 255) / 255)
    seen = np.clip(np.rint(light + sd * rng.standard_normal(light.shape)), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    PillowImage.fromarray(seen).save(file, "JPEG", quality=jpeg, subsampling=0)
    return file.getvalue()


def developed(jpeg: bytes) -> np.ndarray:
    """The camera's picture as pixels: uint8[h, w, 3]."""
    return np.asarray(PillowImage.open(io.BytesIO(jpeg)).convert("RGB"))


def halve(canvas: np.ndarray) -> np.ndarray:
    """Mean over 2 x 2 px: what was painted at twice the size gets its partial pixels."""
    h, w = canvas.shape[0] // 2, canvas.shape[1] // 2
    return canvas[: 2 * h, : 2 * w].reshape(h, 2, w, 2, *canvas.shape[2:]).mean(axis=(1, 3))
