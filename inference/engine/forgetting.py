"""Boxes forgotten as people forget them (Kulkarni et al. 2024): runs, ends and single slices, and whole organs.

There 8 % of the slices between an organ's first and last had no box, and the boxed area was about .74 of the organ's.
"""

import numpy as np

AREA_COVERAGE = 0.74  # of an organ's area that is boxed in the end
ABSENT = 0.25  # of the volumes in which nobody marked the organ at all
KINDS = ("run", "end", "single")
LONGEST_RUN = 4


def forgotten(areas: dict[int, int], rng: np.random.Generator, *, coverage: float = AREA_COVERAGE) -> set[int]:
    """The slices of {slice: area} left without a box: all of them now and then, else down to `coverage` of the area."""
    if rng.random() < ABSENT:
        return set(areas)
    slices, gone = sorted(areas), set[int]()
    most = (1 - coverage) * sum(areas.values())
    for _ in range(20 * len(slices)):
        left = [k for k in slices if k not in gone]
        kind = KINDS[int(rng.integers(3))]
        if kind == "end":
            part = [left[0] if rng.random() < 0.5 else left[-1]]
        else:
            start = int(rng.integers(len(left)))
            part = left[start : start + (int(rng.integers(2, LONGEST_RUN + 1)) if kind == "run" else 1)]
        lost = sum(areas[k] for k in gone.union(part))
        if lost <= most and len(gone.union(part)) < len(slices):
            gone.update(part)
        elif lost - most < 0.02 * sum(areas.values()) or kind == "single":
            break
    return gone
