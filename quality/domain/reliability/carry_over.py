"""Does skill on synthetic gold carry over to real pictures?

The two are strata of one state (`update(..., stratum=SYNTHETIC)` or `REAL`, the expert-labelled anchors). Each
stratum's expected score is a Beta of its own answers and a flat one more; the difference is taken as normal.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from quality.domain.reliability.base import Quantity, State
from quality.domain.reliability.crowd import LEVEL

SYNTHETIC, REAL = "synthetic", "real"


def carry_over(state: State | None) -> Quantity | None:
    """Mean score on synthetic gold minus that on real anchors, in -1..1; `n`: real answers behind it. None before both
    kinds were answered."""
    strata = (state or {}).get("strata", {})
    if SYNTHETIC not in strata or REAL not in strata:
        return None
    (synthetic, v1), (real, v2) = (_moments(strata[name]) for name in (SYNTHETIC, REAL))
    reach = float(norm.ppf((1 + LEVEL) / 2)) * float(np.sqrt(v1 + v2))
    gap = synthetic - real
    return Quantity(gap, max(gap - reach, -1.0), min(gap + reach, 1.0), float(strata[REAL]["worth"]))


def believed(state: State, overall: float) -> float:
    """The mean score to weigh votes by: `overall`, unless real anchors clearly tell another; then theirs."""
    gap = carry_over(state)
    if gap is None or gap.low <= 0 <= gap.high:
        return overall
    return _moments(state["strata"][REAL])[0]


def _moments(sums: State) -> tuple[float, float]:
    n, total = float(sums["worth"]), float(sums["score_sum"])
    mean = (total + 1) / (n + 2)
    return mean, mean * (1 - mean) / (n + 3)
