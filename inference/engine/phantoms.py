"""Made-up medical-looking pictures with exact masks, to train and to test the demo segmenter on.

Six looks (tomography, magnetic resonance, fluorescence, cytology, histology, ultrasound) times several shapes
(smooth, lobed, crescent, tube, ring of a cell with its nucleus), drawn back to front with soft edges, then disturbed
as scanners and cameras do. Everything follows from the generator that is passed in.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

SIZE = 144
MIN_AREA = 60
MIN_CONTRAST = 0.7  # see `contrast`; nobody could say where a fainter object ends
RIM = 4  # pixels on either side of an outline
Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """`image` uint8[SIZE, SIZE, 3] and its objects, each bool[SIZE, SIZE]; nested ones (nucleus in cell) overlap."""

    image: npt.NDArray[np.uint8]
    masks: list[Mask]


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


def shape(rng: np.random.Generator, cx: float, cy: float, radius: float) -> Array:
    """Any of the shapes, signed distance in pixels, positive inside."""
    kind = rng.choice(["smooth", "lobed", "crescent", "tube"], p=[0.4, 0.35, 0.13, 0.12])
    if kind == "crescent":
        return crescent(rng, cx, cy, radius)
    if kind == "tube":
        return tube(rng, cx, cy, radius)
    return blob(rng, cx, cy, radius, 0.08 if kind == "smooth" else 0.35)


def _paint(picture: Array, distance: Array, colour: Array, softness: float) -> None:
    """Lay `colour` float32[h, w, 3] over `picture` where `distance` is positive, with a soft edge."""
    alpha = 1 / (1 + np.exp(-np.clip(distance / softness, -30, 30)))
    picture += alpha[..., None] * (colour - picture)


def _colour(rng: np.random.Generator, base: Array, texture: float, cells: int) -> Array:
    """One colour float32[3] with a texture on it: float32[h, w, 3]."""
    return (base + texture * field(rng, cells)[..., None]).astype(np.float32)


def _grey(value: float) -> Array:
    return np.full(3, value, np.float32)


def _place(rng: np.random.Generator, smallest: float, largest: float) -> tuple[float, float, float]:
    radius = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
    cx, cy = rng.uniform(radius * 0.6, SIZE - radius * 0.6, 2)
    return float(cx), float(cy), radius


def organs(rng: np.random.Generator) -> tuple[Array, list[Mask]]:
    """Tomography, magnetic resonance, ultrasound: grey organs that touch and differ little from one another."""
    texture = rng.uniform(0.0, 0.06)
    picture = _colour(rng, _grey(rng.uniform(0.1, 0.7)), rng.uniform(0.02, 0.12), int(rng.integers(3, 14)))
    masks: list[Mask] = []
    for _ in range(rng.integers(3, 10)):
        distance = shape(rng, *_place(rng, 7, 55))
        inside = distance > 0
        contrast = rng.choice([-1, 1]) * rng.uniform(0.05, 0.4)
        level = float(picture[inside].mean()) + contrast if inside.any() else 0.5
        _paint(picture, distance, _colour(rng, _grey(level), texture, int(rng.integers(6, 40))), rng.uniform(0.3, 1.8))
        masks = [m & ~inside for m in masks] + [inside]
    return picture, masks


def cells(rng: np.random.Generator) -> tuple[Array, list[Mask]]:
    """Cytology and histology: coloured cells with a nucleus on a pale or a busy ground."""
    ground = np.array([0.93, 0.9, 0.9], np.float32) - rng.uniform(0, 0.25, 3).astype(np.float32)
    picture = _colour(rng, ground, rng.uniform(0.01, 0.1), int(rng.integers(4, 40)))
    body = ground - rng.uniform(0.05, 0.45, 3).astype(np.float32)
    stain = np.array([0.35, 0.2, 0.5], np.float32) + rng.uniform(-0.12, 0.12, 3).astype(np.float32)
    masks: list[Mask] = []
    for _ in range(rng.integers(2, 9)):
        cx, cy, radius = _place(rng, 8, 38)
        cell = blob(rng, cx, cy, radius, rng.uniform(0.05, 0.25))
        shift, part = rng.uniform(-0.2, 0.2, 2) * radius, rng.uniform(0.35, 0.75)
        nucleus = np.minimum(blob(rng, cx + shift[0], cy + shift[1], radius * part, rng.uniform(0.05, 0.35)), cell)
        with_body = rng.random() < 0.6
        outer = cell if with_body else nucleus
        softness = rng.uniform(0.3, 1.2)
        if with_body:
            _paint(picture, cell, _colour(rng, body, rng.uniform(0.01, 0.06), 24), softness)
        _paint(picture, nucleus, _colour(rng, stain, rng.uniform(0.01, 0.1), int(rng.integers(12, 48))), softness)
        masks = [m & ~(outer > 0) for m in masks] + [nucleus > 0] + ([cell > 0] if with_body else [])
    return picture, masks


def fluorescence(rng: np.random.Generator) -> tuple[Array, list[Mask]]:
    """Bright nuclei, often touching, on a dark uneven ground."""
    picture = _colour(rng, _grey(rng.uniform(0.02, 0.2)), rng.uniform(0.0, 0.04), int(rng.integers(2, 8)))
    masks: list[Mask] = []
    typical = rng.uniform(7, 24)
    for _ in range(rng.integers(4, 22)):
        cx, cy, _ = _place(rng, 8, 20)
        distance = blob(rng, cx, cy, typical * rng.uniform(0.7, 1.4), rng.uniform(0.02, 0.2))
        colour = _colour(rng, _grey(rng.uniform(0.25, 0.95)), rng.uniform(0.0, 0.1), int(rng.integers(10, 40)))
        _paint(picture, distance, colour, rng.uniform(0.3, 1.5))
        masks = [m & ~(distance > 0) for m in masks] + [distance > 0]
    return picture, masks


def disturb(rng: np.random.Generator, picture: Array) -> Array:
    """What happens between the object and the file: shading, blur, noise of several kinds, contrast, inversion."""
    if rng.random() < 0.4:  # coil or lamp
        picture = picture * np.exp(rng.uniform(0.05, 0.35) * field(rng, 2))[..., None]
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


def to_bytes(rng: np.random.Generator, picture: Array) -> npt.NDArray[np.uint8]:
    """A gamma and a display range, then eight bits."""
    low, high = np.percentile(picture, [rng.uniform(0, 1), rng.uniform(99, 100)])
    picture = np.clip((picture - low) / max(high - low, 1e-3), 0, 1) ** rng.uniform(0.7, 1.4)
    bottom, span = rng.uniform(0, 0.2), rng.uniform(0.5, 1.0)
    return np.round(255 * np.clip(bottom + span * picture, 0, 1)).astype(np.uint8)


def _largest_part(mask: Mask) -> Mask:
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    return parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))


def contrast(image: npt.NDArray[np.uint8], mask: Mask) -> float:
    """How well `mask` stands out along its outline: difference of the rims' means over their spread, best channel."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    part = (
        slice(max(rows[0] - 2 * RIM, 0), rows[-1] + 2 * RIM + 1),
        slice(max(columns[0] - 2 * RIM, 0), columns[-1] + 2 * RIM + 1),
    )
    inside, values = mask[part], ndimage.gaussian_filter(image[part].astype(np.float32), (1, 1, 0))
    inner = inside & ~ndimage.binary_erosion(inside, iterations=RIM)
    outer = ndimage.binary_dilation(inside, iterations=RIM) & ~inside
    if not outer.any():
        return 0.0
    spread = np.sqrt((values[inner].var(0) + values[outer].var(0)) / 2) + 1
    return float((np.abs(values[inner].mean(0) - values[outer].mean(0)) / spread).max())


def scene(rng: np.random.Generator) -> Scene:
    """One picture with at least one object of `MIN_AREA` pixels that can be seen; every mask is one connected part."""
    while True:
        make = (organs, cells, fluorescence)[rng.choice(3, p=[0.55, 0.25, 0.2])]
        picture, masks = make(rng)
        masks = [_largest_part(m) for m in masks]
        image = to_bytes(rng, disturb(rng, picture))
        masks = [m for m in masks if m.sum() >= MIN_AREA and contrast(image, m) >= MIN_CONTRAST]
        if masks:
            return Scene(image, masks)
