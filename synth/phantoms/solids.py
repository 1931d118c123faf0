"""Solid shapes in millimetres, and the body they are laid into.

A space is the coordinates (x, y, z) of every voxel, float32[nx, ny, nz]: x towards the patient's right, y towards the
front, z towards the head (RAS, as NIfTI has it). Shapes are signed distances in mm, negative inside.
"""

from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Space:
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray

    @classmethod
    def grid(cls, shape: tuple[int, int, int], spacing: Point, centre_z: float) -> "Space":
        axes = [(np.arange(n, dtype=np.float32) - (n - 1) / 2) * step for n, step in zip(shape, spacing, strict=True)]
        x, y, z = np.meshgrid(*axes, indexing="ij")
        return cls(x, y, z + centre_z)

    def near(self, low: Point, high: Point) -> tuple[slice, slice, slice]:
        """Indices of a box that holds everything between the corners `low` and `high`; it may be empty."""
        within = np.ones(self.x.shape, bool)
        for axis, a, b in zip((self.x, self.y, self.z), low, high, strict=True):
            within &= (axis > a) & (axis < b)
        spans = []
        for others in ((1, 2), (0, 2), (0, 1)):
            hit = np.flatnonzero(within.any(axis=others))
            spans.append(slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0))
        return spans[0], spans[1], spans[2]

    def part(self, box: tuple[slice, slice, slice]) -> "Space":
        return Space(self.x[box], self.y[box], self.z[box])

    def turned(self, centre: Point, degrees: float) -> "Space":
        """The space turned about the z axis around `centre`."""
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        x, y = self.x - centre[0], self.y - centre[1]
        return replace(self, x=centre[0] + c * x + s * y, y=centre[1] - s * x + c * y)

    def tilted(self, centre: Point, degrees: float) -> "Space":
        """The space turned about the y axis around `centre`: upper ends lean inwards or outwards."""
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        x, z = self.x - centre[0], self.z - centre[2]
        return replace(self, x=centre[0] + c * x + s * z, z=centre[2] - s * x + c * z)


def field(rng: np.random.Generator, shape: tuple[int, ...], knots: tuple[int, int, int]) -> np.ndarray:
    """A smooth random field float32, mean 0, sd about 1: quadratic B-splines over `knots` random values an axis."""
    values = rng.standard_normal(knots).astype(np.float32)
    for n in shape:  # an axis at a time: the first axis is contracted and comes back last
        values = np.tensordot(values, _splines(n, values.shape[0]), axes=(0, 1))
    return values


@cache
def _splines(n: int, knots: int) -> np.ndarray:
    """float32[n, knots]: weight of each knot at each of n places; rows scaled so that the variance stays 1."""
    at = np.linspace(0, knots - 1, n)[:, None] - np.arange(knots)
    away = np.abs(at)
    weights = np.where(away < 0.5, 0.75 - away**2, np.where(away < 1.5, 0.5 * (1.5 - away) ** 2, 0))
    return (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)


def ellipsoid(space: Space, centre: Point, radii: Point) -> np.ndarray:
    """Distance to an ellipsoid, first order (exact on the surface)."""
    p = [(a - c) / r for a, c, r in zip((space.x, space.y, space.z), centre, radii, strict=True)]
    k = np.sqrt(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) + 1e-6
    slope = np.sqrt(sum((a / r) ** 2 for a, r in zip(p, radii, strict=True))) + 1e-6
    return k * (k - 1) / slope


def tube(space: Space, points: list[Point], radius: float | list[float]) -> np.ndarray:
    """A vessel along straight pieces between `points`; radii may taper from point to point."""
    radii = radius if isinstance(radius, list) else [radius] * len(points)
    best = np.full(space.x.shape, 1e3, np.float32)
    for (start, end), (r0, r1) in zip(pairwise(points), pairwise(radii), strict=True):
        d = np.subtract(end, start)
        px, py, pz = space.x - start[0], space.y - start[1], space.z - start[2]
        t = np.clip((px * d[0] + py * d[1] + pz * d[2]) / max(float(d @ d), 1e-6), 0, 1)
        away = np.sqrt((px - t * d[0]) ** 2 + (py - t * d[1]) ** 2 + (pz - t * d[2]) ** 2)
        np.minimum(best, away - (r0 + t * (r1 - r0)), out=best)
    return best


def union(first: np.ndarray, second: np.ndarray, blend: float) -> np.ndarray:
    """Smooth union: the two flow together within `blend` mm."""
    h = np.clip(0.5 + 0.5 * (second - first) / blend, 0, 1)
    return second + h * (first - second) - blend * h * (1 - h)


def minus(first: np.ndarray, second: np.ndarray, blend: float) -> np.ndarray:
    """`first` with `second` cut out, the new edge rounded."""
    return -union(-first, second, blend)


class Body:
    """The picture in the making: `hu` float32[nx, ny, nz] and `owner` uint8, which label each voxel belongs to."""

    def __init__(self, shape: tuple[int, ...], edge: float) -> None:
        self.hu = np.full(shape, -1000, np.float32)
        self.owner = np.zeros(shape, np.uint8)
        self.edge = edge

    def part(self, box: tuple[slice, slice, slice]) -> "Body":
        """A view of a box of this body: what is laid there is laid here."""
        view = copy(self)
        view.hu, view.owner = self.hu[box], self.owner[box]
        return view

    def lay(
        self, distance: np.ndarray, hu: float | np.ndarray, label: int | None = 0, *, edge: float | None = None
    ) -> None:
        """Fill where `distance` < 0 with `hu`, the border shared in proportion (partial volume).

        `label` 0 takes the place away from whatever organ had it, None leaves it (a vessel inside an organ).
        """
        share = 1 / (1 + np.exp(np.clip(4 * distance / (edge or self.edge), -40, 40)))
        self.hu += share * (hu - self.hu)
        if label is not None:
            self.owner[distance < 0] = label
