"""A CT-like abdomen: a volume in Hounsfield units with exact labels, no two alike.

scan = draw_scan(np.random.default_rng(3), slices=16)
scan.hu          float32[nx, ny, nz], RAS order (x to the right, y to the front, z to the head)
scan.labels      uint8, the same shape: 0 other, 1 liver, 2 spleen, 3 kidneys
window(scan.hu)  uint8, level 40, width 400
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from synth.phantoms import bowel, organs
from synth.phantoms.solids import Body, Space, field

LABELS = {1: "liver", 2: "spleen", 3: "kidneys"}


@dataclass(frozen=True)
class Scan:
    """`spacing` in mm per voxel along x, y, z."""

    hu: np.ndarray
    labels: np.ndarray
    spacing: tuple[float, float, float]

    @property
    def affine(self) -> np.ndarray:
        """float64[4, 4]: voxel indices to millimetres, RAS+."""
        middle = [-(n - 1) / 2 * step for n, step in zip(self.hu.shape, self.spacing, strict=True)]
        matrix = np.diag([*self.spacing, 1.0])
        matrix[:3, 3] = middle
        return matrix


def draw_scan(
    rng: np.random.Generator,
    *,
    slices: int = 16,
    size: tuple[int, int] = (256, 192),
    spacing: float = 1.45,
    thickness: float = 8.0,
) -> Scan:
    """A person from the lower kidneys to the dome of the liver: `slices` of `size` = (width, height) px."""
    who = organs.Patient.draw(rng)
    steps = (spacing, spacing, thickness)
    plain = Space.grid((*size, slices), steps, centre_z=0.0)
    space = _warp(rng, plain)
    body = Body(plain.x.shape, edge=1.1 * spacing)
    inner = organs.trunk(body, plain, rng, who)
    organs.spine(body, plain, rng)
    bowel.small_bowel(body, space, rng, who, inner)
    bowel.mesentery(body, space, rng)
    organs.vessels(body, space, rng, who)
    organs.pancreas(body, space, rng, who)
    bowel.colon(body, space, rng, who, inner)
    bowel.stomach(body, space, rng, who, inner)
    organs.spleen(body, space, rng, who, inner)
    organs.liver(body, space, rng, who, inner)
    organs.kidneys(body, space, rng, who, inner)  # they dent liver and spleen, not the other way round
    organs.lungs(body, space, rng, inner)
    organs.ribs(body, plain, rng, inner)
    return Scan(_acquire(rng, body.hu), body.owner, steps)


def window(hu: np.ndarray, level: float = 40.0, width: float = 400.0) -> np.ndarray:
    """Hounsfield units to uint8 grey, as a radiologist sets the display."""
    return np.clip((hu - (level - width / 2)) / width * 255 + 0.5, 0, 255).astype(np.uint8)


def _warp(rng: np.random.Generator, space: Space) -> Space:
    """Everything inside pushed about by up to a centimetre, smoothly: what makes people differ."""
    shape = space.x.shape
    push = [4.5 * field(rng, shape, (6, 6, 4)) + 1.3 * field(rng, shape, (14, 14, 6)) for _ in range(3)]
    return replace(space, x=space.x + push[0], y=space.y + push[1], z=space.z + push[2])


def _acquire(rng: np.random.Generator, hu: np.ndarray) -> np.ndarray:
    """The scanner: a soft kernel, then noise with the fine, net-like grain of filtered back projection.

    Noise is stronger in the middle of the body, where fewer photons pass.
    """
    seen = ndimage.gaussian_filter(hu, (0.55, 0.55, 0.0))
    white = rng.standard_normal(hu.shape, dtype=np.float32)
    grain = ndimage.gaussian_filter(white, (0.75, 0.75, 0)) - 0.75 * ndimage.gaussian_filter(white, (1.7, 1.7, 0))
    grain /= grain.std()
    path = ndimage.gaussian_filter((hu > -300).astype(np.float32), (hu.shape[0] / 9, hu.shape[1] / 9, 0.5))
    return seen + float(rng.uniform(9, 14)) * (0.45 + 0.75 * path) * grain
