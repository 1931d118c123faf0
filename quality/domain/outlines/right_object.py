"""Which votes outline the object that was asked for.

Averaging the outline of the liver with two of the spleen gives neither. Over subsets R of the annotators,

    log P(R) = sum_{j in R} logit pi_j
             + 2a/(n-1) [ sum_{j<k in R} K_jk  -  sum_{j in R, k not in R} max(K_jk, 0) ],     K = 8 (Dice_jk - .55)

pi_j: how often annotator j hits the right object (gold). Votes that agree belong together, votes that disagree do not,
and leaving out a vote that agrees costs. Up to 12 votes every subset is weighed; above, by mean field.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AGREEMENT_GAIN = 8.0
_AGREEMENT_EVEN = 0.55  # pairs at this Dice speak neither for nor against
_PAIR_WEIGHT = 2.0
_MOST_EXACT = 12
_EMPTY_LOG_ODDS = -12.0


def right_object_posterior(
    agreement: NDArray[np.float64],
    rate: NDArray[np.float64],
    empty: NDArray[np.bool_],
    *,
    worth: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Dice `float[n, n]`, hit rates `float[n]` in (0, 1), `bool[n]` -> P(vote outlines the right object) `float[n]`.

    `worth` float[n] in (0, 1]: less than 1 for votes that lean on one source; that they agree then says little.
    """
    n = len(rate)
    worth = np.ones(n) if worth is None else worth
    log_odds = np.where(empty, _EMPTY_LOG_ODDS, worth * np.log(rate / (1 - rate)))
    coupling = _AGREEMENT_GAIN * (agreement - _AGREEMENT_EVEN) * np.outer(worth, worth)
    np.fill_diagonal(coupling, 0.0)
    strength = _PAIR_WEIGHT / max(1.0, float(worth.sum()) - 1)
    if n > _MOST_EXACT:
        return _mean_field(log_odds, strength * 2 * coupling, empty)
    subsets = ((np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    together = 0.5 * ((subsets @ coupling) * subsets).sum(axis=1)
    left_out = ((subsets @ np.maximum(coupling, 0)) * (1 - subsets)).sum(axis=1)
    score = subsets @ log_odds + strength * 2 * (together - left_out)
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    best, posterior = subsets[score.argmax()] > 0, weight @ subsets
    # The best subset decides: else three equal thirds of a crowd would all stay in half-heartedly.
    return np.where(best, np.maximum(posterior, 0.5), np.minimum(posterior, 0.2))


def right_probability(
    hit: NDArray[np.float64],
    rate: NDArray[np.float64],
    empty: NDArray[np.bool_],
    *,
    worth: NDArray[np.float64] | None = None,
) -> float:
    """P(what is fused is the object that was asked for): those who outline it against those who saw nothing there.

    `hit` float[n] from `right_object_posterior`, the rest as there. A lone vote is right as often as its person is.
    """
    side = np.where(empty, -1.0, np.where(hit >= 0.5, 1.0, 0.0)) * (1.0 if worth is None else worth)
    odds = float(side @ np.log(rate / (1 - rate)))
    return float(hit.max()) / (1 + float(np.exp(-odds)))


def _mean_field(
    log_odds: NDArray[np.float64], coupling: NDArray[np.float64], empty: NDArray[np.bool_]
) -> NDArray[np.float64]:
    posterior = 1 / (1 + np.exp(-log_odds))
    for _ in range(30):
        field = np.clip(log_odds + 1.5 * coupling @ posterior, -12, 12)
        posterior = 0.5 * posterior + 0.5 / (1 + np.exp(-field))
    result: NDArray[np.float64] = np.where(empty, 0.0, posterior)
    return result
