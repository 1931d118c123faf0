from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.domain.masks import Mask

SOFTNESS_PX = 0.5
_FLIP = 0.007  # even deep inside a consensus a pixel is wrong this often


def pool(
    distances: NDArray[np.float32], weights: NDArray[np.float64], *, softness: float = SOFTNESS_PX
) -> NDArray[np.float32]:
    """Saturating mean sum_j w_j tanh(S_j / 2h) / sum_j w_j of signed distances `float32[n, h, w]`, in -1..1.

    h = `softness` px: a vote counts in full a few pixels off its outline, so far-off outliers cannot shout.
    """
    total = weights.sum()
    if total <= 0:
        return np.full(distances.shape[1:], -1.0, dtype=np.float32)
    votes = np.tanh(distances / np.float32(2 * softness))
    pooled: NDArray[np.float32] = np.tensordot((weights / total).astype(np.float32), votes, axes=1)
    return pooled


def pixel_probability(distance: NDArray[np.float32], n_effective: float) -> NDArray[np.float32]:
    """P(foreground) from the fused signed distance (px): e + (1-2e) sigmoid(S/tau), tau^2 = .44 + 1.73/n_effective.

    Calibrated on simulated volunteers' outlines (expected calibration error .013 within 15 px of the outline).
    """
    tau = np.sqrt(0.44 + 1.73 / max(n_effective, 0.5))
    probability = _FLIP + (1 - 2 * _FLIP) / (1 + np.exp(-distance / tau))
    return np.asarray(probability, dtype=np.float32)


def expected_dice(mask: Mask, probability: NDArray[np.float32]) -> float:
    """The Dice to be expected of `mask` if each pixel is foreground with its probability; 1 where both are empty."""
    total = float(mask.sum() + probability.sum())
    return 1.0 if total == 0 else float(2 * probability[mask].sum() / total)
