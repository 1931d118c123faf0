"""Coefficients with their intervals, and what their bootstraps share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

RESAMPLES = 500


@dataclass(frozen=True)
class Coefficient:
    """`value` None where nothing can be said. `by_task`, `by_person`: 95 % intervals (low, high); None likewise."""

    value: float | None
    by_task: tuple[float, float] | None
    by_person: tuple[float, float] | None


@dataclass(frozen=True)
class Agreement:
    """Over `tasks` that two people or more answered: Krippendorff's `alpha`, and Fleiss' `kappa` for nominal answers.

    `mean`: how alike two answers to one task are on average (nominal: share of pairs that say the same).
    """

    alpha: Coefficient
    kappa: Coefficient | None
    mean: Coefficient
    tasks: int
    people: int
    answers: int


NOTHING = Coefficient(None, None, None)


def coefficient(value: Vector, by_task: Vector, by_person: Vector) -> Coefficient:
    if value.size == 0 or np.isnan(value[0]):
        return NOTHING
    return Coefficient(float(value[0]), _interval(by_task), _interval(by_person))


def _interval(values: Vector) -> tuple[float, float] | None:
    """Of resamples that said something; None where fewer than half did."""
    said = values[~np.isnan(values)]
    if said.size < max(values.size / 2, 1):
        return None
    low, high = np.quantile(said, [0.025, 0.975])
    return float(low), float(high)


def even(n: int) -> Vector:
    return np.full(n, 1 / n)


def indices(names: Sequence[Hashable]) -> tuple[NDArray[np.intp], int]:
    index = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([index[name] for name in names], dtype=np.intp), len(index)
