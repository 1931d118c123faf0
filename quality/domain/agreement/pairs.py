"""Everybody against everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

_PAIR_RESAMPLES = 1000


@dataclass(frozen=True)
class PairAgreement:
    """Two people's mean agreement over the `n` tasks both answered, with its 95 % bootstrap interval."""

    first: str
    second: str
    mean: float
    low: float
    high: float
    n: int


def pairwise_agreement(
    answers: Mapping[Any, Mapping[str, T]], alike: Callable[[T, T], float], *, rng: np.random.Generator
) -> list[PairAgreement]:
    """Everybody against everybody: task -> person -> answer; `alike` is Dice, IoU or any other measure."""
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for by_person in answers.values():
        for first, second in combinations(sorted(by_person), 2):
            values[first, second].append(alike(by_person[first], by_person[second]))
    result = []
    for (first, second), found in sorted(values.items()):
        given = np.array(found)
        means = given[rng.integers(given.size, size=(_PAIR_RESAMPLES, given.size))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        result.append(PairAgreement(first, second, float(given.mean()), float(low), float(high), given.size))
    return result
