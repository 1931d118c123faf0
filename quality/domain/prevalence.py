"""How common each class is among open tasks, from what the crowd says of them (I5: gold has no part in it)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

# Tasks, alike for all labels, that are imagined beside the real ones: the first few tasks say little of the rest.
IMAGINED = 5.0


def prevalence(rows: Iterable[Mapping[str, float]], labels: Sequence[str]) -> dict[str, float]:
    """Shares that sum to 1, from each task's probabilities {label: p}; empty where nothing has been said.

    >>> prevalence([{"cat": 1.0}] * 20, ["cat", "dog"])
    {'cat': 0.9, 'dog': 0.1}
    """
    total: dict[str, float] = defaultdict(float)
    for row in rows:
        for key, value in row.items():
            total[key] += value
    if not total:
        return {}
    for label in labels:
        total[label] += IMAGINED / len(labels)
    everything = sum(total.values())
    return {key: value / everything for key, value in total.items()}
