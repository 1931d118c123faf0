"""What a crowd expects of its own labels, set right by what came of them where the truth is known.

Every fuser expects some quality of its label: P(label), an F1, a Dice. Where people err alike, or tasks are harder than
their people's scores tell, it expects too much, and no vote shows it. Gold does: it is fused as if nobody knew its
answer, and what was expected of the label, e, is held against what the label was:

    logit(quality) = x + shift + tilt (x - mean x),      x = logit e

It is fitted by quasi-likelihood (Papke and Wooldridge 1996; for right and wrong, Platt's scaling), with normal priors,
since little gold tells little: of the shift around none, of the tilt around what crowds are like, whose surest labels
are wrong more often than they expect. What the gold leaves open of both is averaged over (MacKay 1992), so that the
less there is of it, the less is anything sure. It is monotone: no label overtakes another.

    learnt = Recalibration.fit(expected=[.98, .95, .97, .99], realised=[1, 0, 1, 0])
    learnt.apply(0.97)

Gold and open tasks go through the same one (I3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from quality.domain.answers import Answer, class_key
from quality.domain.consensus.base import Fused
from quality.domain.rubrics import RUBRICS
from quality.domain.scoring import KnownAnswer

# Chosen across nine sets of class votes and three of outlines, at 5 and 15 % gold (docs/benchmarks.md).
_SHIFT_SD = 1.25
_TILT, _TILT_SD = -0.3, 0.3
_STEEPEST, _FLATTEST = 2.0, 0.1  # bounds of 1 + tilt: sure labels stay surer than doubtful ones
_SPREAD_WORTH = 5.0  # labels, of the belief that outcomes spread as widely as right and wrong do
_EDGE = 1e-3
_PROBIT = math.pi / 8  # the mean of expit over a normal N(m, v) is expit(m / sqrt(1 + v pi / 8)), nearly


@dataclass(frozen=True)
class Recalibration:
    """`n`: labels that it was learnt from; `shift_var`, `tilt_var` and `cov`: what these leave open of shift and tilt,
    as variances and covariance. The default changes nothing."""

    shift: float = 0.0
    tilt: float = 0.0
    centre: float = 0.0
    n: int = 0
    shift_var: float = 0.0
    tilt_var: float = 0.0
    cov: float = 0.0

    @classmethod
    def fit(cls, expected: ArrayLike, realised: ArrayLike) -> Recalibration:
        """From `expected` and `realised` quality, float[n] in 0-1 (class: realised is right or not)."""
        e, r = np.asarray(expected, dtype=np.float64), np.asarray(realised, dtype=np.float64)
        if e.shape != r.shape or e.ndim != 1:
            raise ValueError(f"Expected one realised quality a label, got {r.shape} for {e.shape}.")
        if e.size == 0:
            return cls()
        x = _logit(e)
        centre = float(x.mean())
        spread = 1.0
        for _ in range(3):  # how widely outcomes spread, and with it what they are worth, follows from the fit
            (shift, tilt), open_ = _fitted(x, x - centre, r, spread)
            p = expit(x + shift + tilt * (x - centre))
            spread = (_SPREAD_WORTH + float(((r - p) ** 2 / (p * (1 - p))).sum())) / (_SPREAD_WORTH + e.size)
            spread = min(spread, 1.0)
        return cls(shift, tilt, centre, int(e.size), *map(float, (open_[0, 0], open_[1, 1], open_[0, 1])))

    def apply(self, expected: float) -> float:
        """Expected quality 0-1, set right; 0 and 1 are held away from the edges once anything was learnt."""
        if self.n == 0:
            return expected
        at_centre, slope = self.centre + self.shift, 1 + self.tilt
        level, cross, square = 1 + _PROBIT * self.shift_var, _PROBIT * self.cov, _PROBIT * self.tilt_var
        u = float(_logit(np.array(expected))) - self.centre
        # (at_centre + slope u) / sqrt(level + 2 cross u + square u^2) rises as long as rise + bend u > 0.
        rise, bend = slope * level - at_centre * cross, slope * cross - at_centre * square
        if rise + bend * u < 0:
            u = -rise / bend
        return float(expit((at_centre + slope * u) / math.sqrt(level + 2 * cross * u + square * u * u)))


def _fitted(
    x: NDArray[np.float64], from_centre: NDArray[np.float64], r: NDArray[np.float64], spread: float
) -> tuple[tuple[float, float], NDArray[np.float64]]:
    """Shift and tilt with their covariance float[2, 2], by penalised Newton steps; the objective is concave."""
    design = np.stack([np.ones_like(x), from_centre])
    precision = np.diag([_SHIFT_SD**-2, _TILT_SD**-2])
    usual = np.array([0.0, _TILT])
    theta = usual
    for _ in range(25):
        p = expit(x + theta @ design)
        gradient = design @ (r - p) / spread - precision @ (theta - usual)
        curvature = (design * (p * (1 - p))) @ design.T / spread + precision
        step = np.linalg.solve(curvature, gradient)
        theta = theta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-6:
            break
    tilt = float(np.clip(theta[1], _FLATTEST - 1, _STEEPEST - 1))
    return (float(theta[0]), tilt), np.linalg.inv(curvature)


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = logit(np.clip(p, _EDGE, 1 - _EDGE))
    return result


def expected_quality(kind: str, probabilities: Mapping[str, Any], uncertainty: float) -> float:
    """What the crowd expects of its own label, 0-1: class P(label), box expected F1, mask expected Dice x P(right)."""
    return max(probabilities.values(), default=0.0) if kind == "class" else 1 - uncertainty


def recalibrated(kind: str, fused: Fused, learnt: Recalibration) -> Fused:
    """The same label with its expected quality set right. A class keeps its label first, its probabilities follow."""
    if learnt.n == 0:
        return fused
    after = learnt.apply(expected_quality(kind, fused.probabilities, fused.uncertainty))
    if kind != "class":
        return replace(fused, uncertainty=round(1 - after, 6))
    best = class_key(fused.answer)
    others = {key: p for key, p in fused.probabilities.items() if key != best}
    if not others:
        return fused
    rest, runner_up = sum(others.values()), max(others.values())
    if rest == 0:
        others, rest, runner_up = dict.fromkeys(others, 1.0), float(len(others)), 0.0
    else:
        after = max(after, runner_up / (rest + runner_up))  # its label stays first
    spread = {best: after, **{key: p / rest * (1 - after) for key, p in others.items()}}
    return replace(
        fused,
        probabilities={key: round(spread[key], 6) for key in fused.probabilities},
        uncertainty=round((1 - after) / (1 - 1 / len(spread)), 6),
    )


def realised_quality(kind: str, answer: Answer, truth: KnownAnswer, *, size: tuple[int, int]) -> float:
    """What a label on a picture of `size` (h, w) is against the truth, 0-1, on the scale of what was expected: class
    right or not, box the rubric's F1, mask Dice."""
    result = RUBRICS[kind](answer, truth.answer, known_region=truth.known_region, size=size)
    return float(result.details["dice"] if kind == "mask" else result.score or 0.0)
