"""What kinds of pictures there are: each draws objects back to front with soft edges and knows their exact masks."""

from functools import partial

import numpy as np

from inference.engine.phantoms.shapes import SIZE, Array, Mask, blob, cut_in_two, field, place, shape, tube, wedge

Picture = tuple[Array, list[Mask]]


def _paint(picture: Array, distance: Array, colour: Array, softness: float) -> None:
    """Lay `colour` float32[h, w, 3] over `picture` where `distance` is positive, with a soft edge."""
    alpha = 1 / (1 + np.exp(-np.clip(distance / softness, -30, 30)))
    picture += alpha[..., None] * (colour - picture)


def _colour(rng: np.random.Generator, base: Array, texture: float, cells: int) -> Array:
    """One colour float32[3] with a texture on it: float32[h, w, 3]."""
    return (base + texture * field(rng, cells)[..., None]).astype(np.float32)


def _grey(value: float) -> Array:
    return np.full(3, value, np.float32)


def _covered(masks: list[Mask], above: Mask) -> list[Mask]:
    return [m & ~above for m in masks]


def _inner_structure(rng: np.random.Generator, picture: Array, distance: Array) -> None:
    """Vessels or spots inside an object, which belong to it though they look different."""
    rows, columns = np.nonzero(distance > 0)
    radius = np.sqrt(rows.size / np.pi)
    for _ in range(rng.integers(1, 5)):
        k = int(rng.integers(rows.size))
        part = tube if rng.random() < 0.5 else partial(blob, roughness=0.2)
        inner = part(rng, float(columns[k]), float(rows[k]), max(radius * rng.uniform(0.1, 0.4), 1.5))
        level = float(picture[rows[k], columns[k]].mean()) + rng.choice([-1, 1]) * rng.uniform(0.05, 0.3)
        _paint(picture, np.minimum(inner, distance), _grey(level), rng.uniform(0.3, 1.2))


def organs(rng: np.random.Generator) -> Picture:
    """Tomography, magnetic resonance, ultrasound: grey organs that touch and differ little from one another."""
    texture = rng.uniform(0.0, 0.06)
    picture = _colour(rng, _grey(rng.uniform(0.1, 0.7)), rng.uniform(0.02, 0.12), int(rng.integers(3, 14)))
    masks: list[Mask] = []
    for _ in range(rng.integers(3, 10)):
        distance = shape(rng, *place(rng, 7, 55))
        inside = distance > 0
        contrast = rng.choice([-1, 1]) * rng.uniform(0.05, 0.4)
        level = float(picture[inside].mean()) + contrast if inside.any() else 0.5
        _paint(picture, distance, _colour(rng, _grey(level), texture, int(rng.integers(6, 40))), rng.uniform(0.3, 1.8))
        masks = [*_covered(masks, inside), inside]
    return picture, masks


def abdomen(rng: np.random.Generator) -> Picture:
    """A body on black: fat, organs of nearly one grey with vessels in them, bright bone and contrast, black air."""
    picture = _colour(rng, _grey(rng.uniform(0, 0.08)), 0.01, 4)
    body = blob(rng, SIZE / 2 + rng.normal(0, 12), SIZE / 2 + rng.normal(0, 12), rng.uniform(55, 110), 0.06)
    _paint(picture, body, _colour(rng, _grey(rng.uniform(0.1, 0.45)), 0.02, 20), rng.uniform(0.4, 1.5))
    tissue, spread = rng.uniform(0.4, 0.65), rng.uniform(0.03, 0.15)
    masks: list[Mask] = []
    for _ in range(rng.integers(4, 12)):
        kind = rng.choice(["organ", "bone", "air"], p=[0.74, 0.14, 0.12])
        distance = np.minimum(shape(rng, *place(rng, 6, 60 if kind == "organ" else 20)), body - 1)
        if not (distance > 0).any():
            continue
        level = {"organ": rng.normal(tissue, spread), "bone": rng.uniform(0.8, 1.0), "air": rng.uniform(0, 0.1)}[kind]
        colour = _colour(rng, _grey(level), rng.uniform(0.0, 0.04), int(rng.integers(8, 50)))
        _paint(picture, distance, colour, rng.uniform(0.3, 1.5))
        masks = [*_covered(masks, distance > 0), distance > 0]
        if kind == "organ" and rng.random() < 0.5:
            _inner_structure(rng, picture, distance)
    return picture, masks


def structures(rng: np.random.Generator) -> Picture:
    """Small grey structures side by side, some divided where no border can be seen, some with a wall."""
    picture = _colour(rng, _grey(rng.uniform(0.2, 0.7)), rng.uniform(0.03, 0.15), int(rng.integers(4, 24)))
    masks: list[Mask] = []
    for _ in range(rng.integers(3, 9)):
        distance = shape(rng, *place(rng, 14, 60))
        inside = distance > 0
        if not inside.any():
            continue
        level = float(picture[inside].mean()) + rng.choice([-1, 1]) * rng.uniform(0.0, 0.25)
        _paint(picture, distance, _colour(rng, _grey(level), rng.uniform(0, 0.1), int(rng.integers(4, 30))), 1.5)
        if rng.random() < 0.3:  # a wall, a membrane, a halo
            wall = rng.uniform(0.6, 2.5) - np.abs(distance - rng.uniform(-1, 1))
            _paint(picture, wall, _grey(level + rng.choice([-1, 1]) * rng.uniform(0.05, 0.3)), rng.uniform(0.3, 1))
        masks = _covered(masks, inside)
        half = cut_in_two(rng, inside)
        masks += [half, inside & ~half] if rng.random() < 0.5 else [inside]
    return picture, masks


def cells(rng: np.random.Generator) -> Picture:
    """Cytology and histology: coloured cells with a nucleus on a pale or a busy ground."""
    ground = np.array([0.93, 0.9, 0.9], np.float32) - rng.uniform(0, 0.25, 3).astype(np.float32)
    picture = _colour(rng, ground, rng.uniform(0.01, 0.1), int(rng.integers(4, 40)))
    body = ground - rng.uniform(0.05, 0.45, 3).astype(np.float32)
    stain = np.array([0.35, 0.2, 0.5], np.float32) + rng.uniform(-0.12, 0.12, 3).astype(np.float32)
    masks: list[Mask] = []
    for _ in range(rng.integers(2, 9)):
        cx, cy, radius = place(rng, 8, 38)
        cell = blob(rng, cx, cy, radius, rng.uniform(0.05, 0.25))
        shift, part = rng.uniform(-0.2, 0.2, 2) * radius, rng.uniform(0.35, 0.75)
        nucleus = np.minimum(blob(rng, cx + shift[0], cy + shift[1], radius * part, rng.uniform(0.05, 0.35)), cell)
        with_body = rng.random() < 0.6
        outer = cell if with_body else nucleus
        softness = rng.uniform(0.3, 1.2)
        if with_body:
            _paint(picture, cell, _colour(rng, body, rng.uniform(0.01, 0.06), 24), softness)
        _paint(picture, nucleus, _colour(rng, stain, rng.uniform(0.01, 0.1), int(rng.integers(12, 48))), softness)
        masks = [*_covered(masks, outer > 0), nucleus > 0, *([cell > 0] if with_body else [])]
    return picture, masks


def fluorescence(rng: np.random.Generator) -> Picture:
    """Bright nuclei, often touching, on a dark uneven ground."""
    picture = _colour(rng, _grey(rng.uniform(0.02, 0.2)), rng.uniform(0.0, 0.04), int(rng.integers(2, 8)))
    masks: list[Mask] = []
    typical = rng.uniform(7, 24)
    for _ in range(rng.integers(4, 22)):
        cx, cy, _ = place(rng, 8, 20)
        distance = blob(rng, cx, cy, typical * rng.uniform(0.7, 1.4), rng.uniform(0.02, 0.2))
        colour = _colour(rng, _grey(rng.uniform(0.25, 0.95)), rng.uniform(0.0, 0.1), int(rng.integers(10, 40)))
        _paint(picture, distance, colour, rng.uniform(0.3, 1.5))
        masks = [*_covered(masks, distance > 0), distance > 0]
    return picture, masks


def whole_cells(rng: np.random.Generator) -> Picture:
    """One or a few living cells: phase contrast (halo, dark nucleus, granules) or a bright core with a faint skirt."""
    dark = rng.random() < 0.5
    ground = rng.uniform(0.02, 0.15) if dark else rng.uniform(0.25, 0.5)
    picture = _colour(rng, _grey(ground), rng.uniform(0, 0.03), int(rng.integers(2, 8)))
    masks: list[Mask] = []
    for _ in range(rng.integers(1, 4)):
        cx, cy, radius = place(rng, 14, 45)
        cell = blob(rng, cx, cy, radius, rng.uniform(0.05, 0.3))
        inside = cell > 0
        if not inside.any():
            continue
        masks = [*_covered(masks, inside), inside]
        if dark:  # brightness falls from the core to the edge
            skirt, core = rng.uniform(0.04, 0.2), rng.uniform(0.3, 0.8)
            fall = np.clip(cell / max(float(cell.max()), 1e-3), 0, 1) ** rng.uniform(0.5, 2.0)
            body: Array = _colour(rng, _grey(ground + skirt), rng.uniform(0, 0.06), 30) + core * fall[..., None]
            _paint(picture, cell, body.astype(np.float32), rng.uniform(0.4, 1.5))
            continue
        _paint(
            picture,
            np.float32(rng.uniform(1, 5)) - np.abs(cell),
            _grey(ground + rng.uniform(0.05, 0.35)),
            rng.uniform(0.6, 2),
        )
        level = ground + rng.uniform(-0.05, 0.3)
        _paint(picture, cell - 1, _colour(rng, _grey(level), rng.uniform(0.05, 0.2), int(rng.integers(10, 40))), 1.0)
        shift = rng.uniform(-0.4, 0.4, 2) * radius
        nucleus = np.minimum(blob(rng, cx + shift[0], cy + shift[1], radius * rng.uniform(0.3, 0.6), 0.15), cell)
        _paint(picture, nucleus, _colour(rng, _grey(rng.uniform(0, ground)), 0.1, 40), rng.uniform(0.5, 1.5))
    return picture, masks


def zones(rng: np.random.Generator) -> Picture:
    """A gland in zones that hardly differ: a round core full of spots, and an open horseshoe around it.

    What stands out most, the spots and the neighbours, is no border of either.
    """
    picture = _colour(rng, _grey(rng.uniform(0.1, 0.6)), rng.uniform(0.02, 0.15), int(rng.integers(3, 14)))
    for _ in range(rng.integers(2, 7)):  # neighbours
        level = rng.uniform(0, 0.9)
        _paint(picture, shape(rng, *place(rng, 8, 40)), _colour(rng, _grey(level), 0.05, 20), rng.uniform(0.4, 1.8))
    cx, cy, radius = place(rng, 18, 55)
    gland = blob(rng, cx, cy, radius, 0.08)
    turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.45) * radius
    x, y = cx + away * np.cos(turn), cy + away * np.sin(turn)
    core = np.minimum(blob(rng, x, y, radius * rng.uniform(0.4, 0.75), 0.1), gland)
    # The horseshoe opens to the side towards which the core is shifted.
    opening = wedge(x - 0.3 * radius * np.cos(turn), y - 0.3 * radius * np.sin(turn), turn, rng.uniform(0.3, 1.3))
    horseshoe = np.minimum(gland, -np.maximum(core, opening))
    level, softness = rng.uniform(0.2, 0.7), rng.uniform(0.5, 1.8)
    outer = level + rng.choice([-1, 1]) * rng.uniform(0, 0.3)
    for distance, grey in ((gland, level - rng.uniform(-0.1, 0.1)), (horseshoe, outer), (core, level)):
        texture, cells = rng.uniform(0.01, 0.12), int(rng.integers(6, 40))
        _paint(picture, distance, _colour(rng, _grey(grey), texture, cells), softness)
    if rng.random() < 0.8 and (core > 0).any():
        _inner_structure(rng, picture, core)
    return picture, [core > 0, horseshoe > 0]


LOOKS = {
    "zones": zones,
    "whole cells": whole_cells,
    "organs": organs,
    "abdomen": abdomen,
    "structures": structures,
    "cells": cells,
    "fluorescence": fluorescence,
}
