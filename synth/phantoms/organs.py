"""The inside of an abdomen, organ by organ, back to front. Sizes in mm, densities in Hounsfield units (portal phase).

Each painter lays one thing into the body. `Patient` holds what varies between people; every organ also has a surface of
its own, waved by a random field.
"""

from dataclasses import dataclass

import numpy as np

from synth.phantoms.solids import Body, Point, Space, ellipsoid, field, minus, tube, union

LIVER, SPLEEN, KIDNEY = 1, 2, 3
FAT, MUSCLE, AIR, WATER = -102.0, 56.0, -960.0, 12.0


@dataclass(frozen=True)
class Patient:
    """One person. `girth` scales the trunk, `fat` the fat under the skin (mm), `enhance` the contrast agent."""

    girth: float
    fat: float
    enhance: float
    liver: float
    spleen: float
    kidney: float
    full: float
    calcified: bool

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Patient":
        return cls(
            girth=float(rng.uniform(0.90, 1.08)),
            fat=float(rng.uniform(9, 26)),
            enhance=float(rng.uniform(0.85, 1.15)),
            liver=float(rng.uniform(0.90, 1.10)),
            spleen=float(rng.uniform(0.82, 1.20)),
            kidney=float(rng.uniform(0.90, 1.12)),
            full=float(rng.uniform(0.3, 1.0)),
            calcified=bool(rng.random() < 0.4),
        )


def trunk(body: Body, space: Space, rng: np.random.Generator, who: Patient) -> np.ndarray:
    """Skin, fat, the muscle wall, the fat inside. Returns the distance to the inner wall (negative in the cavity)."""
    width, depth = 158 * who.girth + 0.6 * who.fat, 104 * who.girth + 0.6 * who.fat
    angle = np.arctan2(space.y, space.x)
    squared = (np.abs(space.x / width) ** 2.35 + np.abs(space.y / depth) ** 2.35) ** (1 / 2.35)
    groove = 7 * np.exp(-((space.x / 16) ** 2)) * (space.y < 0)
    skin = (squared - 1) * np.minimum(width, depth) + groove + 2.0 * field(rng, space.x.shape, (5, 5, 3))
    body.lay(skin, 20.0)
    streaks = 5 * field(rng, space.x.shape, (40, 40, 6))
    body.lay(skin + 2.0, FAT + streaks)
    # Fat is thick at the flanks and the back, thin in front for most people.
    padding = who.fat * (1 + 0.25 * np.cos(2 * angle) - 0.28 * np.sin(angle))
    wall = skin + 2.0 + padding
    body.lay(wall, MUSCLE + 3 * streaks)
    layers = np.abs(np.sin(angle)) < 0.75
    body.lay(np.abs(wall + 5.0) - 0.7 + 20 * ~layers, -60.0)
    body.lay(np.abs(wall + 9.5) - 0.6 + 20 * ~layers, -55.0)
    line = np.maximum(np.abs(space.x) - 2.5, 0.5 * depth - space.y)
    body.lay(np.maximum(line, wall + 2), FAT)
    inner = wall + 13.5 + 2 * np.sin(angle)
    body.lay(inner, FAT + 1.5 * streaks)
    return inner


def spine(body: Body, space: Space, rng: np.random.Generator) -> None:
    """Back muscles, vertebrae with discs between them, canal, processes, psoas."""
    for side in (-1, 1):
        back = ellipsoid(space, (side * 33, -82, 0), (29, 20, 900)) + 2 * field(rng, space.x.shape, (8, 8, 3))
        body.lay(back, MUSCLE + 5 * field(rng, space.x.shape, (40, 40, 4)))
        square = ellipsoid(space, (side * 64, -66, -60), (18, 10, 70))
        body.lay(square, MUSCLE - 2)
        bulk = np.clip((30 - space.z) / 90, 0.12, 1)
        body.lay(ellipsoid(space, (side * 36, -42, 0), (15, 17, 900)) + 15 * (1 - bulk), MUSCLE + 3)
        crus = tube(space, [(side * 14, -22, 120), (side * 17, -27, -30)], [5.5, 2.5])
        body.lay(crus, MUSCLE)
    level = np.mod(space.z + 200, 34) - 17
    outline = ellipsoid(space, (0, -50, 0), (24, 18, 900))
    outline = minus(outline, ellipsoid(space, (0, -72, 0), (12, 8, 900)), 3)
    bone = outline - 2.5 * (np.abs(level) / 17) ** 2
    mottle = 22 * field(rng, space.x.shape, (50, 50, 8))
    disc = np.abs(level) > 13
    body.lay(bone, np.where(disc, 85.0, 430.0))
    body.lay(bone + 2.6, np.where(disc, 90.0, 175.0 + mottle))
    arch = union(
        np.abs(ellipsoid(space, (0, -75, 0), (14, 11, 900)) - 1) - 3.2,
        tube(space, [(0, -84, -400), (0, -84, 400)], 4),
        5,
    )
    body.lay(arch, 330.0 + mottle)
    spinous = ellipsoid(space, (0, -97, 0), (3.6, 14, 900))
    body.lay(spinous + 6 * (np.abs(level) > 11), 330.0 + mottle)
    for side in (-1, 1):
        wing = np.hypot((space.x - side * 30) / 4.2, space.y + 72) - 4.2 + 8 * (np.abs(level) > 7)
        body.lay(wing, 300.0 + mottle)
    body.lay(ellipsoid(space, (0, -74, 0), (10.5, 8, 900)), 8.0)
    body.lay(ellipsoid(space, (0, -74, 0), (6.5, 5.2, 900)), 32.0)


def ribs(body: Body, space: Space, rng: np.random.Generator, inner: np.ndarray) -> None:
    """Lower ribs, running downwards to the front inside the muscle wall; gone below the arch of the chest."""
    angle = np.arctan2(space.x, -space.y)  # 0 at the back, +-pi in front
    sweep = np.abs(angle)
    depth = inner - 4.5
    for number in range(7):
        height = 165 - 27 * number - 62 * sweep + rng.normal(0, 2)
        along = np.maximum(0.42 - sweep, sweep - (2.35 - 0.16 * number)) * 110
        away = np.sqrt((depth / 4.6) ** 2 + ((space.z - height) / 7.5) ** 2) - 1
        rib = np.maximum(away * 5.0, along)
        body.lay(rib, 390.0)
        body.lay(rib + 2.1, 160.0)


def lungs(body: Body, space: Space, rng: np.random.Generator, inner: np.ndarray) -> None:
    """The lower tips of the lungs behind and beside the domes of the diaphragm."""
    for side in (-1, 1):
        dome = ellipsoid(space, (side * 66, 14, -5), (80, 88, 92 if side > 0 else 86))
        dome = dome + 3 * field(rng, space.x.shape, (6, 6, 4))
        middle = ellipsoid(space, (-6, -8, 0), (44, 84, 900))
        beside = np.maximum(np.maximum(inner + 2.5, -dome), np.maximum(-middle, -side * space.x))
        tip = np.maximum(beside, 34 - 0.45 * np.maximum(0, -space.y) - space.z)
        vessels = 160 * np.clip(field(rng, space.x.shape, (64, 64, 12)) - 1.1, 0, 2)
        body.lay(tip, -865.0 + vessels)


def liver(body: Body, space: Space, rng: np.random.Generator, who: Patient, inner: np.ndarray) -> None:
    """A large right lobe tapering downwards, a flat left lobe across the midline, veins, gall bladder."""
    s = who.liver
    waves = 3.5 * field(rng, space.x.shape, (7, 7, 5))
    right = ellipsoid(space.tilted((80, 0, 20), 8), (82, -2, 22), (62 * s, 82 * s, 84 * s))
    left = ellipsoid(space.turned((10, 50, 0), rng.uniform(-12, 6)), (8, 48, 48), (76 * s, 27 * s, 40 * s))
    whole = union(right, left, 26) + waves
    whole = minus(whole, ellipsoid(space, (20, -22, 0), (26, 34, 900)), 10)  # room for spine, cava and hilum
    fissure = np.maximum(np.abs(space.x - 6 - 0.3 * (space.y - 50)) - 1.4, 40 - space.y)
    whole = np.maximum(whole, inner + 3.5)
    grain = 4 * field(rng, space.x.shape, (50, 50, 10))
    body.lay(whole, 112 * who.enhance**0.5 + grain, LIVER)
    body.lay(np.maximum(fissure, whole + 2) + 25 * (space.z > 55), -40.0, None)
    for root, tips in _trees(rng):
        for tip in tips:
            middle = tuple(0.5 * (a + b) + rng.normal(0, 7) for a, b in zip(root, tip, strict=True))
            vein = tube(space, [root, middle, tip], [5.0, 3.4, 1.2])  # type: ignore[list-item]  # a point of three
            body.lay(np.maximum(vein, whole + 2), 158 * who.enhance, None)
    bladder = ellipsoid(space.turned((52, 42, 0), 25), (54, 44, -14), (14, 22, 26)) + 0.5 * waves
    body.lay(bladder, 48.0)
    body.lay(bladder + 1.8, WATER)


def _trees(rng: np.random.Generator) -> list[tuple[Point, list[Point]]]:
    """Roots and tips of the portal and the hepatic veins."""
    portal = [(112, 30, 20), (105, -38, 22), (70, 52, 30), (-20, 52, 50), (95, -5, -20), (60, -40, 45)]
    hepatic = [(115, -20, 60), (75, 50, 62), (5, 55, 62), (120, 25, 50)]
    jitter = [[tuple(c + rng.normal(0, 7) for c in tip) for tip in tips] for tips in (portal, hepatic)]
    return [((38.0, 8.0, 18.0), jitter[0]), ((24.0, -14.0, 84.0), jitter[1])]  # type: ignore[list-item]  # as above


def spleen(body: Body, space: Space, rng: np.random.Generator, who: Patient, inner: np.ndarray) -> None:
    s = who.spleen
    centre = (-98.0 * who.girth, -30.0, 22.0)
    turned = space.turned(centre, -18 + rng.normal(0, 5))
    shape = ellipsoid(turned, centre, (36 * s, 62 * s, 58 * s)) + 2.5 * field(rng, space.x.shape, (7, 7, 5))
    hollow = ellipsoid(turned, (centre[0] + 52, centre[1] + 12, centre[2] - 10), (30, 42, 62))
    shape = np.maximum(minus(shape, hollow, 8), inner + 3)
    body.lay(shape, 122 * who.enhance**0.5 + 3 * field(rng, space.x.shape, (50, 50, 10)), SPLEEN)
    for _ in range(3):
        y, z = rng.normal(-20, 12), rng.normal(24, 10)
        body.lay(tube(space, [(-64, y + 8, z), (-84, y, z + 4)], 2.4), 150 * who.enhance)


def kidneys(body: Body, space: Space, rng: np.random.Generator, who: Patient, inner: np.ndarray) -> None:
    for side, low in ((1, -42.0), (-1, -28.0)):
        s = who.kidney * rng.uniform(0.95, 1.05)
        centre = (side * 60 * who.girth + rng.normal(0, 3), -38 + rng.normal(0, 3), low + rng.normal(0, 6))
        local = space.turned(centre, side * 28).tilted(centre, -side * 12)
        outer = ellipsoid(local, centre, (26 * s, 29 * s, 49 * s)) + 1.8 * field(rng, space.x.shape, (9, 9, 6))
        outer = np.maximum(outer, inner + 7)
        # The fat around a kidney is open to the back: the liver lies in front of it and beside it, never behind.
        behind = ellipsoid(space, (centre[0] - side * 4, centre[1] - 24, centre[2]), (25, 32, 50))
        body.lay(np.maximum(union(outer - 6, behind, 6), inner + 1), FAT + 4 * field(rng, space.x.shape, (30, 30, 6)))
        sinus = ellipsoid(local, (centre[0] - side * 14, centre[1] + 2, centre[2]), (19 * s, 8 * s, 24 * s))
        sinus = sinus + 2.5 * field(rng, space.x.shape, (24, 24, 8))
        tissue = minus(outer, sinus, 3)
        body.lay(tissue, 178 * who.enhance, KIDNEY)
        pyramids = field(rng, space.x.shape, (28, 28, 10))
        deep = np.maximum(outer + 6.5, -(sinus - 2))
        body.lay(np.maximum(deep, -3 * (pyramids + 0.3)), 132 * who.enhance, None)
        body.lay(np.maximum(sinus, outer), FAT + 25)
        vein = tube(
            space,
            [
                (side * 16, -18, centre[2] + 6),
                (side * 34, -30, centre[2] + 2),
                (centre[0] - side * 8, centre[1], centre[2]),
            ],
            4.2,
        )
        body.lay(np.maximum(vein, -tissue), 150 * who.enhance)
        body.lay(
            np.maximum(ellipsoid(local, (centre[0] - side * 9, centre[1], centre[2] - 4), (6, 4, 9)), -tissue), 8.0
        )


def vessels(body: Body, space: Space, rng: np.random.Generator, who: Patient) -> None:
    """Aorta with its branches in front, vena cava, splenic and mesenteric veins."""
    bend = rng.normal(0, 3)
    aorta = tube(space, [(-9 + bend, -22, 200), (-6, -24, 0), (-4 + bend, -25, -200)], rng.uniform(9, 11))
    body.lay(aorta - 1.2, 60.0)
    body.lay(aorta, 168 * who.enhance)
    if who.calcified:
        spots = (field(rng, space.x.shape, (90, 90, 10)) > 1.6) & (np.abs(aorta) < 1.6)
        body.hu[spots] = 520
    cava = ellipsoid(space, (22, -20 + bend, 0), (13, 9, 900))
    body.lay(cava, 140 * who.enhance)
    body.lay(tube(space, [(-6, -14, 16), (-5, -2, 6), (-3, 6, -60), (0, 12, -120)], 3.6), 165 * who.enhance)
    body.lay(tube(space, [(8, 6, 8), (7, 9, -60), (8, 14, -120)], 5.6), 150 * who.enhance)
    body.lay(tube(space, [(8, 8, 10), (-30, 2, 16), (-62, -14, 22)], 4.4), 150 * who.enhance)
    body.lay(tube(space, [(8, 8, 10), (26, 8, 16), (38, 8, 18)], 6.4), 152 * who.enhance)


def pancreas(body: Body, space: Space, rng: np.random.Generator, who: Patient) -> None:
    lift = rng.normal(0, 4)
    points: list[Point] = [
        (30, 14, -14 + lift),
        (20, 20, 0 + lift),
        (-5, 25, 10 + lift),
        (-38, 10, 18 + lift),
        (-68, -8, 24 + lift),
    ]
    lobes = 2.6 * field(rng, space.x.shape, (44, 44, 12))
    shape = tube(space, points, [15, 11, 8.5, 9, 7]) + lobes
    body.lay(shape, 92 * who.enhance + 4 * lobes)
