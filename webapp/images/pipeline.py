"""The one way from a source picture to the bytes that annotators get (I2).

Gold and open pictures alike are brought to a bounded size, get a little noise, are rounded to eight bits and encoded by
the same codec with the same settings. The noise is not cosmetic: it covers the grey-level comb, rounding and
resampling traces by which a script could tell two histories apart. How strong the path is belongs to the project and
must not change once the project has pictures.
"""

import io
import secrets
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import PIL
from PIL import Image as Pillow

VERSION = "1"


@dataclass(frozen=True)
class CommonPath:
    """How every picture of a project is brought to the page.

    `max_side` bounds the longer side (px); `factor` shrinks on top of that; `noise` is the standard deviation of the
    added Gaussian noise in grey levels of 255; `quality` is WebP's. The default is gentle; `STRONG` hides more.
    """

    max_side: int = 1024
    factor: float = 1.0
    noise: float = 1.0
    quality: int = 88
    version: str = VERSION

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("max_side", self.max_side, 64, 4096),
            ("factor", self.factor, 0.25, 1.0),
            ("noise", self.noise, 0.0, 20.0),
            ("quality", self.quality, 50, 100),
        ):
            if not low <= value <= high:
                raise ValueError(f"Expected {name} of the common path from {low} to {high}; got {value}.")

    def record(self, seed: int) -> dict[str, Any]:
        """What was done to a picture, for its provenance (I10)."""
        return {**asdict(self), "seed": seed, "pillow": PIL.__version__}


GENTLE = CommonPath()
STRONG = CommonPath(factor=0.75, noise=2.5, quality=85)


@dataclass(frozen=True)
class Served:
    """A picture as served: encoded `bytes`, its size (px), served pixels per source pixel along x, the noise's seed."""

    bytes: bytes
    width: int
    height: int
    scale: float
    seed: int


def render(
    picture: np.ndarray,
    path: CommonPath,
    *,
    aspect: float = 1.0,
    size: tuple[int, int] | None = None,
    seed: int | None = None,
) -> Served:
    """Turn any picture into the bytes that are served.

    `picture`: [h, w] or [h, w, 3]; uint8 (0-255), uint16 (0-65535) or float (0-1, clipped).
    `aspect`: height of a source pixel over its width; served pixels are square.
    `size`: exact (width, height) to serve, where all pictures of a set must be of one size; default: as large as the
    path allows, never larger than the source.
    `seed` of the noise; random unless given, so that nothing about the picture or its turn follows from it.

    Raises `ValueError` for other shapes and types.
    """
    planes = _planes(picture)
    height, width = picture.shape[:2]
    served_width, served_height = size or fitted(width, height, path=path, aspect=aspect)
    seed = secrets.randbits(63) if seed is None else seed
    rng = np.random.default_rng(seed)
    out = np.empty((served_height, served_width, len(planes)), dtype=np.uint8)
    for index, plane in enumerate(planes):
        level = _resized(plane, served_width, served_height)
        if path.noise:
            level += rng.standard_normal(level.shape, dtype=np.float32) * np.float32(path.noise)
        out[..., index] = np.clip(np.rint(level), 0, 255)
    image = Pillow.fromarray(out[..., 0] if len(planes) == 1 else out).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=path.quality, method=3)
    return Served(buffer.getvalue(), served_width, served_height, served_width / width, seed)


def fitted(width: int, height: int, *, path: CommonPath, aspect: float = 1.0) -> tuple[int, int]:
    """Size (width, height) at which a source of that size and pixel aspect is served."""
    # Square pixels are as small as the source's finer direction: the coarser one is interpolated, none is lost.
    square = (float(width), height * aspect) if aspect >= 1 else (width / aspect, float(height))
    shrink = min(1.0, path.max_side / max(square)) * path.factor
    return max(1, round(square[0] * shrink)), max(1, round(square[1] * shrink))


def _planes(picture: np.ndarray) -> list[np.ndarray]:
    """One plane for grey pictures, however they are stored, three for coloured ones."""
    if picture.dtype.kind != "f" and picture.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"Expected a picture of uint8, uint16 or float; got {picture.dtype}.")
    if picture.size == 0 or not (picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)):
        raise ValueError(f"Expected a picture of shape [h, w] or [h, w, 3]; got {list(picture.shape)}.")
    if picture.ndim == 2:
        return [picture]
    red, green, blue = (picture[..., channel] for channel in range(3))
    # Grey stored as RGB must not be told from grey: independent noise in three channels would show.
    return [red] if np.array_equal(red, green) and np.array_equal(red, blue) else [red, green, blue]


def _resized(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    """The plane as float32 grey levels 0-255 at the wanted size."""
    level = plane.astype(np.float32)
    if plane.dtype == np.uint16:
        level /= np.float32(257)
    elif plane.dtype.kind == "f":
        level = np.clip(np.nan_to_num(level), 0, 1) * np.float32(255)
    if level.shape == (height, width):
        return level
    resized = Pillow.fromarray(level).resize((width, height), Pillow.Resampling.BICUBIC)
    return np.array(resized, dtype=np.float32)
