"""Stomach, colon and small bowel: walls, fluid, gas that floats to the front of a person lying on the back."""

import numpy as np

from synth.phantoms.organs import AIR, FAT, Patient
from synth.phantoms.solids import Body, Point, Space, ellipsoid, field, tube


def stomach(body: Body, space: Space, rng: np.random.Generator, who: Patient, inner: np.ndarray) -> None:
    s = 0.75 + 0.4 * who.full
    folds = 2.2 * field(rng, space.x.shape, (16, 16, 8))
    shape = ellipsoid(space.turned((-62, 30, 0), -25), (-58, 36, 44), (38 * s, 34 * s, 48)) + folds
    antrum = tube(space, [(-50, 44, 20), (-15, 52, 4), (18, 42, 2)], [20 * s, 15 * s, 10])
    shape = np.maximum(np.minimum(shape, antrum + folds), inner + 4)
    body.lay(shape, 74.0)
    inside = shape + 4.5 + np.abs(folds)
    body.lay(inside, 28.0 + 14 * field(rng, space.x.shape, (26, 26, 10)))
    surface = 44 + rng.uniform(-8, 10)
    body.lay(np.maximum(inside + 0.5, surface - space.y), AIR)


def colon(body: Body, space: Space, rng: np.random.Generator, who: Patient, inner: np.ndarray) -> None:
    """Ascending and descending colon along the flanks, the transverse colon in front, with stool and gas."""
    g = who.girth
    routes: list[list[Point]] = [
        [(104 * g, -8, -160), (102 * g, -2, -80), (96 * g, 20, -52)],
        [
            (96 * g, 20, -52),
            (60 * g, 66, -62),
            (0, 74, -74 + rng.normal(0, 8)),
            (-60 * g, 62, -50),
            (-104 * g, 10, -22),
        ],
        [(-104 * g, 10, -22), (-110 * g, -18, -60), (-108 * g, -22, -160)],
    ]
    for route, radius in zip(routes, (22, 17, 15), strict=True):
        pouches = 3.2 * field(rng, space.x.shape, (22, 22, 14))
        shape = np.maximum(tube(space, route, radius * rng.uniform(0.9, 1.1)) + pouches, inner + 3)
        body.lay(shape, 58.0)
        stool = field(rng, space.x.shape, (70, 70, 16))
        content = np.where(stool > 0.9, -520.0, 22.0 + 45 * stool)
        body.lay(shape + 2.6, content)
        centre = np.interp(space.z, *_height(route))
        body.lay(np.maximum(shape + 3.2, centre + rng.uniform(-4, 8) - space.y), AIR)


def _height(route: list[Point]) -> tuple[list[float], list[float]]:
    """y of the route by z, in ascending z, for the level on which gas floats."""
    ordered = sorted((p[2], p[1]) for p in route)
    return [z for z, _ in ordered], [y for _, y in ordered]


def small_bowel(body: Body, space: Space, rng: np.random.Generator, who: Patient, inner: np.ndarray) -> None:
    """Loops in the middle below stomach and pancreas; between them, fat with the dots of mesenteric vessels."""
    for _ in range(95):
        x, y, z = rng.uniform(-92, 84) * who.girth, rng.uniform(-12, 68), rng.uniform(-110, -4)
        if np.hypot(x / 34, (y + 22) / 34) < 1 or (x > 20 and z > -40):
            continue  # the great vessels; the liver's side
        turn = rng.uniform(0, np.pi)
        reach = rng.uniform(8, 26)
        end = (x + reach * np.cos(turn), y + 0.6 * reach * np.sin(turn), z + rng.normal(0, 7))
        _loop(body, space, rng, inner, (x, y, z), end)


def _loop(body: Body, space: Space, rng: np.random.Generator, inner: np.ndarray, start: Point, end: Point) -> None:
    radius = rng.uniform(9, 13)
    ends = np.array([start, end])
    low, high = ends.min(0) - radius - 6, ends.max(0) + radius + 6
    box = space.near((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    near, spot = space.part(box), body.part(box)
    if not near.x.size:
        return
    shape = np.maximum(tube(near, [start, end], radius) + 1.3 * _local(rng, near), inner[box] + 4)
    shape = np.where((spot.hu > 20) & (shape < 0), 3.0, shape)  # a loop never runs through another
    spot.lay(shape, 92.0)
    spot.lay(shape + 2.4, rng.choice([18.0, 30.0, 46.0, 170.0], p=[0.4, 0.3, 0.22, 0.08]))
    if rng.random() < 0.22:
        spot.lay(np.maximum(shape + 3, start[1] + 2 - near.y), AIR)


def _local(rng: np.random.Generator, space: Space) -> np.ndarray:
    """A cheap wave: three plane waves of random direction."""
    wave = np.zeros_like(space.x)
    for _ in range(3):
        k = rng.normal(0, 0.12, 3)
        wave += np.sin(k[0] * space.x + k[1] * space.y + k[2] * space.z + rng.uniform(0, 6.28))
    return wave


def mesentery(body: Body, space: Space, rng: np.random.Generator) -> None:
    """Small vessels and strands, wherever there is fat inside the belly."""
    strands = field(rng, space.x.shape, (110, 110, 10))
    centre = ellipsoid(space, (-5, 28, -60), (80, 55, 90))
    where = np.maximum(centre, np.abs(body.hu - FAT) - 30)
    body.lay(np.maximum(where, 3 * (1.75 - strands)), 105.0, edge=2.5)
