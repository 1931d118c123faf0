"""Stained cytology: single cells cut out of their surroundings, and whole fields with every cell's box.

rng = np.random.default_rng(7)
slide = Slide.draw(rng, "slide 1")
crop = draw_crop(rng, slide, BY_KEY["eosinophil"])          # uint8[64, 64, 3]
field = draw_field(rng, slide)                               # field.pixels, field.cells
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage

from synth.phantoms.cells import BY_KEY, KINDS, Kind, paint
from synth.phantoms.shapes import texture
from synth.phantoms.stain import Slide, camera, developed, expose, halve

CROP = 64  # px, as the lens resolves it; the camera samples it twice as finely
CROP_UNIT = 2.35  # pixels per micrometre of a crop
FIELD = 448
FIELD_UNIT = 2.9
# Share of each kind in a field; rare kinds stay rare.
FIELD_MIX = {"neutrophil": 0.36, "eosinophil": 0.13, "lymphocyte": 0.28, "macrophage": 0.18, "mast_cell": 0.05}


@dataclass(frozen=True)
class Cell:
    """A cell of a field: its kind and its box [x1, y1, x2, y2], half-open edges in pixels of the picture."""

    kind: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Field:
    pixels: np.ndarray
    cells: tuple[Cell, ...]


def draw_crop(rng: np.random.Generator, slide: Slide, kind: Kind) -> np.ndarray:
    """One cell near the middle of uint8[128, 128, 3], with what lies around it cut by the edge."""
    return developed(finish_crop(rng, crop_light(rng, slide, kind), slide))


def finish_crop(rng: np.random.Generator, light: np.ndarray, slide: Slide) -> bytes:
    """The camera's part: light [s, s, 3] in 0-255 enlarged twice, noise last: a JPEG of 2s x 2s px.

    Drawn and generated crops share this step, as two samples under one microscope do.
    """
    side = 2 * light.shape[0]
    planes = [PillowImage.fromarray(np.asarray(light[..., c], np.float32)) for c in range(3)]
    large = [np.asarray(p.resize((side, side), PillowImage.Resampling.BICUBIC)) for p in planes]
    return camera(rng, np.stack(large, axis=-1), noise=slide.noise, jpeg=slide.jpeg)


def crop_light(rng: np.random.Generator, slide: Slide, kind: Kind) -> np.ndarray:
    """What the lens throws: float32[64, 64, 3] in 0-255, without noise."""
    unit, size = 2 * CROP_UNIT, CROP
    canvas = _ground(rng, slide, 2 * size, unit)
    density, cover = paint(rng, kind, unit)
    centre = size + rng.normal(0, 0.05 * size, 2)
    keep_out = np.sqrt((cover > 0.5).sum() / np.pi)
    for _ in range(int(rng.poisson(1.3))):
        neighbour, alpha = paint(rng, _any_kind(rng), unit)
        apart = keep_out + np.sqrt((alpha > 0.5).sum() / np.pi) * rng.uniform(0.92, 1.2)
        turn = rng.uniform(0, 2 * np.pi)
        _place(canvas, neighbour, alpha, (centre[0] + apart * np.cos(turn), centre[1] + apart * np.sin(turn)))
    _place(canvas, density, cover, (centre[0], centre[1]))
    return expose(slide, halve(canvas)).astype(np.float32)


def draw_field(rng: np.random.Generator, slide: Slide, *, size: int = FIELD, count: int | None = None) -> Field:
    """A field uint8[size, size, 3] with about 15 cells, and the box of every cell of which half or more is in view."""
    unit = 2 * FIELD_UNIT
    canvas = _ground(rng, slide, 2 * size, unit)
    taken: list[tuple[float, float, float]] = []
    cells: list[Cell] = []
    for _ in range(count if count is not None else int(rng.integers(12, 20))):
        kind = _any_kind(rng)
        density, cover = paint(rng, kind, unit)
        radius = float(np.sqrt((cover > 0.5).sum() / np.pi))
        place = _free_place(rng, taken, radius, 2 * size)
        if place is None:
            continue
        taken.append((*place, radius))
        box = _place(canvas, density, cover, place)
        if box is not None:
            cells.append(Cell(kind.key, box))
    light = expose(slide, halve(canvas))
    return Field(developed(camera(rng, light, noise=slide.noise, jpeg=slide.jpeg)), tuple(cells))


def _any_kind(rng: np.random.Generator) -> Kind:
    return BY_KEY[str(rng.choice(list(FIELD_MIX), p=list(FIELD_MIX.values())))]


def _free_place(
    rng: np.random.Generator, taken: list[tuple[float, float, float]], radius: float, side: int
) -> tuple[float, float] | None:
    """A centre (x, y) where the cell at most touches the others; None when thirty throws found none."""
    for _ in range(30):
        x, y = rng.uniform(0.35 * radius, side - 0.35 * radius, 2)
        if all(np.hypot(x - u, y - v) > 0.98 * (radius + r) for u, v, r in taken):
            return float(x), float(y)
    return None


def _ground(rng: np.random.Generator, slide: Slide, side: int, unit: float) -> np.ndarray:
    """An empty slide: a breath of stain, streaks of mucus, a little dirt. Density float32[side, side, 3]."""
    haze = 0.008 * np.clip(texture(rng, (side, side), 5 * unit) + 0.5, 0, None)
    streak = texture(rng, (side, side), 2.2 * unit) + 0.6 * texture(rng, (side, side), 0.7 * unit)
    mucus = 0.075 * slide.dirt * np.clip(streak - 1.4, 0, 2.5)
    canvas = (haze + mucus)[..., None] * np.array([0.55, 1.0, 0.6], np.float32)
    specks = texture(rng, (side, side), 0.28 * unit) > 4.1 - 0.35 * slide.dirt
    return canvas + 0.35 * specks[..., None].astype(np.float32) * np.array([0.8, 1.0, 0.6], np.float32)


def _place(
    canvas: np.ndarray, density: np.ndarray, cover: np.ndarray, centre: tuple[float, float]
) -> tuple[float, float, float, float] | None:
    """Lay a cell into the canvas (twice the picture's size). Returns its box in picture pixels, cut at the edge.

    None where less than half of the cell is in view.
    """
    side = cover.shape[0]
    left, top = round(centre[0] - side / 2), round(centre[1] - side / 2)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + side, canvas.shape[1]), min(top + side, canvas.shape[0])
    if x1 >= x2 or y1 >= y2:
        return None
    inside = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    alpha = cover[inside][..., None]
    spot = canvas[y1:y2, x1:x2]
    # Cells are translucent: a fifth of what lies beneath shows through.
    canvas[y1:y2, x1:x2] = spot * (1 - 0.8 * alpha) + alpha * density[inside]
    seen = cover[inside] > 0.5
    if seen.sum() < 0.5 * (cover > 0.5).sum():
        return None
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    edges = (x1 + columns[0], y1 + rows[0], x1 + columns[-1] + 1, y1 + rows[-1] + 1)
    return tuple(float(edge) / 2 for edge in edges)  # type: ignore[return-value]  # four edges, as mypy cannot see


__all__ = ["BY_KEY", "KINDS", "Cell", "Field", "Slide", "crop_light", "draw_crop", "draw_field", "finish_crop"]
