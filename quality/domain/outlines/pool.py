from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.domain.masks import Mask

SOFTNESS_PX = 0.5
TYPICAL_VARIANCE = 0.8  # px^2, of one person's outline
_EDGE_PX, _FAR_PX = 0.5, 4.5
_LEAST_FREEDOM = 0.05
# Chosen on three real and five simulated sets of outlines for the pixels' calibration and the Dice expected.
_COMMON, _OWN = 0.1, 0.2
_FLIP = 0.001  # even deep inside a consensus a pixel may be wrong


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


def outline_variance(
    distance: NDArray[np.float32], distances: NDArray[np.float32], weights: NDArray[np.float64]
) -> float:
    """How far single outlines lie from the true one: variance in px^2, from how they lie about the fused one.

    `distance` float32[h, w] of the fused outline, `distances` float32[n, h, w] of the votes', `weights` float[n]. What
    the votes say is shrunk towards `TYPICAL_VARIANCE`, worth one vote.
    """
    total, square = float(weights.sum()), float((weights**2).sum())
    edge = np.abs(distance) <= _EDGE_PX
    freedom = total**2 / square - 1 if square > 0 else 0.0  # the fused outline lies in their middle
    if freedom < _LEAST_FREEDOM or not edge.any():
        return TYPICAL_VARIANCE
    about = (np.clip(distances[:, edge], -_FAR_PX, _FAR_PX).astype(np.float64) ** 2).mean(axis=1)
    found = float(weights @ about) / total * (freedom + 1) / freedom
    return (TYPICAL_VARIANCE + freedom * found) / (1 + freedom)


def pixel_probability(
    distance: NDArray[np.float32], n_effective: float, *, variance: float = TYPICAL_VARIANCE
) -> NDArray[np.float32]:
    """P(foreground) from the fused signed distance (px): e + (1-2e) sigmoid(S/tau), tau^2 = variance (.1 + .2/n).

    `variance`: see `outline_variance`. What the votes have in common, right or wrong, is the part that no number of
    votes takes away.
    """
    tau = np.sqrt(variance * (_COMMON + _OWN / max(n_effective, 0.5)))
    probability = _FLIP + (1 - 2 * _FLIP) / (1 + np.exp(-distance / tau))
    return np.asarray(probability, dtype=np.float32)


def expected_dice(mask: Mask, probability: NDArray[np.float32]) -> float:
    """The Dice to be expected of `mask` if each pixel is foreground with its probability; 1 where both are empty."""
    total = float(mask.sum() + probability.sum())
    return 1.0 if total == 0 else float(2 * probability[mask].sum() / total)
