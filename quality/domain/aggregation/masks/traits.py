"""How one drawn outline differs from another: pushed out or in, shifted, ragged.

Near the true outline the drawn signed distance S follows the true one T as

    S - T  ~  b + g . s,      g = grad T, |T| < 4.5 px

b: px drawn too wide, s: shift. Fitted by least squares with Cauchy weights, so a missing lobe does not pass for a bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BAND_PX = 4.5
_FEWEST_PIXELS = 12
_SCALE_PX = 3.0
_FAR_PX = 6.0
_KEPT_PX = 8.0
_RIDGE = np.diag([1e-3, 0.03, 0.03])


@dataclass(frozen=True)
class Trait:
    """`theta` float[3] = offset, shift rows, shift columns (px); `moments` of the residual's design, from which the
    mean square left over for any other theta follows; `far`: share of the outline over 6 px off; `variance`: px^2."""

    theta: NDArray[np.float64]
    moments: tuple[NDArray[np.float64], NDArray[np.float64], float]
    far: float
    variance: float

    def mean_square(self, theta: NDArray[np.float64]) -> float:
        """Mean squared residual (px^2) had `theta` been undone."""
        gram, cross, total = self.moments
        return float(total - 2 * theta @ cross + theta @ gram @ theta)


def measure(drawn: NDArray[np.float32], true: NDArray[np.float32]) -> Trait | None:
    """Signed distances `float32[h, w]` of a drawn and of the true mask -> its trait; None where there is no outline."""
    if min(true.shape) < 2:
        return None
    rows, columns = np.gradient(true, axis=0), np.gradient(true, axis=1)
    band = np.abs(true) < _BAND_PX
    n = int(band.sum())
    if n < _FEWEST_PIXELS:
        return None
    residual = (drawn - true)[band].astype(np.float64)
    design = np.stack([np.ones(n), rows[band], columns[band]], axis=1)
    weight = np.ones(n)
    for _ in range(4):
        weighted = design * weight[:, None]
        theta = np.linalg.solve(weighted.T @ design / n + _RIDGE, weighted.T @ residual / n)
        error = residual - design @ theta
        weight = 1 / (1 + (error / _SCALE_PX) ** 2)
    kept = np.abs(error) <= _KEPT_PX
    m = int(kept.sum())
    if m < 8:
        return None
    near, left = design[kept], residual[kept]
    moments = (near.T @ near / m, near.T @ left / m, float(left @ left / m))
    variance = float((error * weight) @ error / weight.sum())
    return Trait(theta, moments, float((np.abs(error) > _FAR_PX).mean()), variance)
