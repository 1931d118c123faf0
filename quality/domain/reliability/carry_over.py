"""Does skill on synthetic gold carry over to real pictures?

The two are strata of one state (`update(..., stratum=SYNTHETIC)` or `REAL`, the expert-labelled anchors). Each
stratum's expected score is a Beta of its own answers and a flat one more; the difference is taken as normal.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import norm

from quality.domain.reliability.base import Quantity, State
from quality.domain.reliability.crowd import LEVEL

SYNTHETIC, REAL = "synthetic", "real"
FEWEST = 10  # real anchors, before they may be what alone is gone by
_SURE = 0.99


def carry_over(state: State | None) -> Quantity | None:
    """Mean score on synthetic gold minus that on real anchors, in -1..1; `n`: real answers behind it. None before both
    kinds were answered."""
    strata = (state or {}).get("strata", {})
    if SYNTHETIC not in strata or REAL not in strata:
        return None
    gap, reach = _gap(strata, LEVEL)
    return Quantity(gap, max(gap - reach, -1.0), min(gap + reach, 1.0), float(strata[REAL]["worth"]))


def real_alone_tells(state: State | None) -> bool:
    """Whether only real anchors are to be gone by: enough of them, and skill on them surely another than on synthetic
    gold. Whoever is taken for such a person by chance loses all that synthetic gold has told of them: a guesser who
    was lucky once would stand as a newcomer."""
    strata = (state or {}).get("strata", {})
    if SYNTHETIC not in strata or float(strata.get(REAL, {}).get("worth", 0)) < FEWEST:
        return False
    gap, reach = _gap(strata, _SURE)
    return abs(gap) > reach


def _gap(strata: Mapping[str, State], level: float) -> tuple[float, float]:
    """The difference and how far its interval of this level reaches."""
    (synthetic, v1), (real, v2) = (_moments(strata[name]) for name in (SYNTHETIC, REAL))
    return synthetic - real, float(norm.ppf((1 + level) / 2) * np.sqrt(v1 + v2))


def _moments(sums: State) -> tuple[float, float]:
    n, total = float(sums["worth"]), float(sums["score_sum"])
    mean = (total + 1) / (n + 2)
    return mean, mean * (1 - mean) / (n + 3)
