"""What a segmenter's own estimate of its quality is worth, and how it is set right.

The Dice that pixel probabilities promise is too hopeful: it lets pixels err one by one, where whole stretches of an
outline are wrong together. Logistic recalibration (Cox 1958, Platt 1999) maps a score s to
sigmoid(slope logit(s) + intercept); both numbers are fitted to realised Dice as fractional outcomes (Papke and
Wooldridge 1996), so that of proposals called .9 the mean Dice is about .9.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, logit

Scores = npt.NDArray[np.float64]
SURE = 1e-6  # no score is nearer to 0 or 1
FLATTEST = 1e-3  # slope: a better score never means a worse mask
BINS = 10


@dataclass(frozen=True)
class Calibration:
    """The map; without arguments it changes nothing (but for `SURE`). `slope` is positive, so order is kept."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (self.slope > 0 and np.isfinite([self.slope, self.intercept]).all()):
            raise ValueError(f"A calibration needs a slope above 0 and finite numbers; it is {self}.")

    def __call__(self, score: float) -> float:
        """`score` in [0, 1] set right, in [0, 1]."""
        return float(expit(self.slope * logit(np.clip(score, SURE, 1 - SURE)) + self.intercept))


def fit(scores: Scores, realised: Scores) -> Calibration:
    """The map from `scores` float64[n] to `realised` Dice float64[n], both in [0, 1]; n >= 1."""
    x = logit(np.clip(scores, SURE, 1 - SURE))

    def surprise(parameters: Scores) -> float:
        z = parameters[0] * x + parameters[1]
        return float(np.mean(np.logaddexp(0, z) - realised * z))

    found = minimize(surprise, (1.0, 0.0), bounds=[(FLATTEST, None), (None, None)])
    return Calibration(round(float(found.x[0]), 4), round(float(found.x[1]), 4))


def reliability(scores: Scores, realised: Scores) -> dict[str, Any]:
    """{"n", "believed", "realised", "error", "bins": [{"n", "believed", "realised"}, ...]}; None where n is 0.

    Ten bins hold equally many proposals, in order of `scores` (float64[n], as `realised` in [0, 1]); `believed` and
    `realised` are means, `error` the expected calibration error over the bins (Naeini et al. 2015).
    """
    if scores.size == 0:
        return {"n": 0, "believed": None, "realised": None, "error": None, "bins": []}
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if part.size]
    bins = [
        {"n": len(part), "believed": float(scores[part].mean()), "realised": float(realised[part].mean())}
        for part in parts
    ]
    error = sum(row["n"] * abs(row["believed"] - row["realised"]) for row in bins) / scores.size
    return {
        "n": int(scores.size),
        "believed": round(float(scores.mean()), 4),
        "realised": round(float(realised.mean()), 4),
        "error": round(error, 4),
        "bins": [{name: round(value, 4) for name, value in row.items()} for row in bins],
    }
