"""Five kinds of white cell as seen after a May-Grünwald-Giemsa stain, painted as optical density.

A painter gets a window with the cell's centre in its middle and returns its density and how much of each pixel it
covers. `unit` is pixels per micrometre of the window.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from synth.phantoms.shapes import Grid, blob, capsule, cover, disc, grid, join, texture

NUCLEUS = np.array([0.98, 1.62, 0.70], np.float32)
DARK_NUCLEUS = np.array([1.15, 1.75, 0.85], np.float32)
PALE = np.array([0.05, 0.12, 0.07], np.float32)
BLUE = np.array([0.42, 0.33, 0.13], np.float32)
SKY = np.array([0.26, 0.24, 0.12], np.float32)
RED = np.array([0.28, 1.02, 0.98], np.float32)
RED_EDGE = np.array([0.62, 1.45, 1.30], np.float32)
CLEAR = np.zeros(3, np.float32)
PIGMENT = np.array([1.0, 1.2, 1.3], np.float32)
VIOLET = np.array([0.85, 1.55, 0.62], np.float32)
ROSE = np.array([0.30, 0.75, 0.34], np.float32)


@dataclass(frozen=True)
class Kind:
    key: str
    name: str
    radius: tuple[float, float]  # micrometres
    paint: Callable[[np.random.Generator, Grid, float, float], tuple[np.ndarray, np.ndarray]]


def paint(rng: np.random.Generator, kind: Kind, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """A cell in a window of its own: density float32[s, s, 3], cover float32[s, s] in 0-1."""
    radius = rng.uniform(*kind.radius) * unit
    side = int(np.ceil(radius * 3.2))
    return kind.paint(rng, grid(side, side, (side / 2, side / 2)), radius, unit)


def _body(
    rng: np.random.Generator, at: Grid, radius: float, colour: np.ndarray, unit: float, rough: float = 0.06
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cytoplasm: flat with faint texture and a slightly denser rim."""
    distance = blob(rng, at, radius, rough, rng.uniform(1.0, 1.15))
    alpha = cover(distance, 0.25 * unit)
    grain = 1 + 0.10 * texture(rng, alpha.shape, 0.35 * unit) + 0.10 * texture(rng, alpha.shape, 1.2 * unit)
    rim = 1 + 0.35 * np.exp(-((distance / (0.35 * unit)) ** 2))
    return distance, alpha, (grain * rim)[..., None] * colour


def _nucleus(
    rng: np.random.Generator, density: np.ndarray, distance: np.ndarray, colour: np.ndarray, unit: float, clumps: float
) -> np.ndarray:
    """Lay a nucleus over `density`: chromatin in clumps, a darker membrane."""
    alpha = cover(distance, 0.22 * unit)
    coarse = texture(rng, alpha.shape, 0.45 * unit)
    fine = texture(rng, alpha.shape, 0.2 * unit)
    chromatin = 1 + clumps * coarse + 0.06 * fine + 0.12 * np.exp(-((distance / (0.3 * unit)) ** 2))
    tint = rng.uniform(0.88, 1.12)
    return (
        density * (1 - alpha[..., None]) + alpha[..., None] * (tint * np.clip(chromatin, 0.45, 1.6))[..., None] * colour
    )


def _lobes(rng: np.random.Generator, at: Grid, count: int, reach: float, size: float, unit: float) -> np.ndarray:
    """A lobed nucleus: `count` lobes strung on a bent thread."""
    turn, sense = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1])
    sweep = rng.uniform(0.62, 0.95) * 2 * np.pi * (count - 1) / max(count, 2)
    angles = turn + sense * np.linspace(0, sweep, count) + rng.normal(0, 0.12, count)
    reaches = reach * rng.uniform(0.75, 1.12, count)
    centres = [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(reaches, angles, strict=True)]
    parts = []
    for number, centre in enumerate(centres):
        local = (at[0] - centre[1], at[1] - centre[0])
        parts.append(blob(rng, local, size * rng.uniform(0.85, 1.15), 0.10, rng.uniform(1.0, 1.35)))
        if number:
            parts.append(capsule(at, centres[number - 1], centre, size * rng.uniform(0.22, 0.5)))
    return join(parts, 0.28 * unit)


def neutrophil(rng: np.random.Generator, at: Grid, radius: float, unit: float) -> tuple[np.ndarray, np.ndarray]:
    _, alpha, density = _body(rng, at, radius, PALE * rng.uniform(0.8, 2.0), unit, 0.08)
    density *= (1 + 0.25 * np.clip(texture(rng, alpha.shape, 0.18 * unit), -1, 3))[..., None]
    lobes = _lobes(
        rng, at, int(rng.integers(3, 6)), radius * rng.uniform(0.42, 0.55), radius * rng.uniform(0.25, 0.31), unit
    )
    return _nucleus(rng, density, lobes, NUCLEUS, unit, 0.17), alpha


def eosinophil(rng: np.random.Generator, at: Grid, radius: float, unit: float) -> tuple[np.ndarray, np.ndarray]:
    distance, alpha, density = _body(rng, at, radius, PALE * 2.2, unit)
    lobes = _lobes(rng, at, 2, radius * rng.uniform(0.42, 0.52), radius * rng.uniform(0.33, 0.4), unit)
    shift = rng.uniform(0, 2 * np.pi)
    away = (float(0.18 * radius * np.cos(shift)), float(0.18 * radius * np.sin(shift)))
    lobes = np.roll(lobes, (round(away[1]), round(away[0])), axis=(0, 1))
    density = _nucleus(rng, density, lobes, NUCLEUS, unit, 0.12)
    grains = _grains(rng, at, radius, unit * rng.uniform(0.42, 0.5), 0.97)
    grains = [g for g in grains if rng.random() < (0.35 if _value(lobes, at, g[:2]) < 0 else 1)]
    tint = rng.uniform(0.85, 1.15)
    for x, y, size in grains:
        _dab(density, at, (x, y), size, 0.2 * unit, tint * RED_EDGE)
        _dab(density, at, (x, y), 0.6 * size, 0.3 * unit, tint * RED)
    return density, np.maximum(alpha, cover(distance - 0.1 * unit, 0.25 * unit))


def lymphocyte(rng: np.random.Generator, at: Grid, radius: float, unit: float) -> tuple[np.ndarray, np.ndarray]:
    _, alpha, density = _body(rng, at, radius, BLUE * rng.uniform(0.6, 1.1), unit)
    shift, turn = radius * rng.uniform(0.0, 0.10), rng.uniform(0, 2 * np.pi)
    local = (at[0] - float(shift * np.sin(turn)), at[1] - float(shift * np.cos(turn)))
    nucleus = blob(rng, local, radius * rng.uniform(0.80, 0.90), 0.05, rng.uniform(1.0, 1.12))
    return _nucleus(rng, density, nucleus, NUCLEUS * 0.95, unit, 0.16), alpha


def macrophage(rng: np.random.Generator, at: Grid, radius: float, unit: float) -> tuple[np.ndarray, np.ndarray]:
    _, alpha, density = _body(rng, at, radius, SKY * rng.uniform(0.8, 1.35), unit, 0.10)
    turn = rng.uniform(0, 2 * np.pi)
    away = radius * rng.uniform(0.2, 0.42)
    local = (at[0] - float(away * np.sin(turn)), at[1] - float(away * np.cos(turn)))
    nucleus = blob(rng, local, radius * rng.uniform(0.42, 0.52), 0.07, rng.uniform(1.15, 1.5))
    dent = disc(
        local, (float(0.48 * radius * np.cos(turn + 2.6)), float(0.48 * radius * np.sin(turn + 2.6))), radius * 0.26
    )
    nucleus = -join([-nucleus, dent], 0.5 * unit)
    for x, y, size in _grains(rng, at, radius * 0.94, unit * rng.uniform(0.6, 0.85), 0.85):
        if rng.random() < 0.62:
            _dab(density, at, (x, y), size * rng.uniform(0.5, 1.2), 0.35 * unit, CLEAR, rng.uniform(0.35, 0.8))
    density = _nucleus(rng, density, nucleus, NUCLEUS * 0.82, unit, 0.14)
    for _ in range(int(rng.poisson(1.2))):  # swallowed pigment
        x, y = rng.normal(0, 0.38 * radius, 2)
        _dab(density, at, (float(x), float(y)), unit * rng.uniform(0.25, 0.6), 0.3 * unit, PIGMENT, 0.8)
    return density, alpha


def mast_cell(rng: np.random.Generator, at: Grid, radius: float, unit: float) -> tuple[np.ndarray, np.ndarray]:
    _, alpha, density = _body(rng, at, radius, ROSE * rng.uniform(0.8, 1.2), unit, 0.05)
    nucleus = blob(rng, at, radius * rng.uniform(0.45, 0.55), 0.06, rng.uniform(1.0, 1.3))
    density = _nucleus(rng, density, nucleus, DARK_NUCLEUS * 0.9, unit, 0.1)
    tint = rng.uniform(0.9, 1.15)
    for x, y, size in _grains(rng, at, radius * 1.0, unit * 0.42, 0.8):
        _dab(density, at, (x, y), size * rng.uniform(0.6, 1.1), 0.22 * unit, tint * VIOLET, rng.uniform(0.45, 0.95))
    return density, alpha


def _grains(
    rng: np.random.Generator, at: Grid, radius: float, size: float, fill: float
) -> list[tuple[float, float, float]]:
    """(x, y, radius) of grains packed inside a disc: a jittered hexagonal lattice, each kept with chance `fill`."""
    step = 2.05 * size
    rows = int(radius / (step * 0.87)) + 1
    turn = rng.uniform(0, np.pi)
    grains = []
    for row in range(-rows, rows + 1):
        for column in range(-rows - 1, rows + 2):
            u = (column + 0.5 * (row % 2)) * step + rng.normal(0, 0.16 * step)
            v = row * step * 0.87 + rng.normal(0, 0.16 * step)
            if np.hypot(u, v) < radius - 0.6 * size and rng.random() < fill:
                x, y = u * np.cos(turn) - v * np.sin(turn), u * np.sin(turn) + v * np.cos(turn)
                grains.append((float(x), float(y), float(size * rng.uniform(0.85, 1.12))))
    rng.shuffle(grains)
    return grains


def _value(field: np.ndarray, at: Grid, point: tuple[float, float]) -> float:
    """The field where (x, y) falls."""
    row = int(np.clip(point[1] - at[0][0, 0], 0, field.shape[0] - 1))
    column = int(np.clip(point[0] - at[1][0, 0], 0, field.shape[1] - 1))
    return float(field[row, column])


def _dab(
    density: np.ndarray,
    at: Grid,
    centre: tuple[float, float],
    radius: float,
    softness: float,
    colour: np.ndarray,
    strength: float = 1.0,
) -> None:
    """Lay a small disc into `density`, in place, touching only the pixels around it: cells have hundreds."""
    reach = radius + 1.5 * softness
    top, left = centre[1] - at[0][0, 0], centre[0] - at[1][0, 0]
    rows = slice(max(int(top - reach), 0), max(int(top + reach) + 2, 0))
    columns = slice(max(int(left - reach), 0), max(int(left + reach) + 2, 0))
    near = (at[0][rows, columns], at[1][rows, columns])
    alpha = strength * cover(disc(near, centre, radius), softness)[..., None]
    density[rows, columns] = density[rows, columns] * (1 - alpha) + alpha * colour


KINDS = (
    Kind("neutrophil", "Neutrophil", (5.2, 6.2), neutrophil),
    Kind("eosinophil", "Eosinophil", (5.6, 6.8), eosinophil),
    Kind("lymphocyte", "Lymphocyte", (3.9, 5.0), lymphocyte),
    Kind("macrophage", "Macrophage", (8.0, 11.0), macrophage),
    Kind("mast_cell", "Mast cell", (6.2, 7.8), mast_cell),
)
BY_KEY = {kind.key: kind for kind in KINDS}
