"""Whether gold is like the open tasks, told without knowing an open answer.

Mix: the classes of gold against the classes the crowd finds among open tasks (Pearson's chi^2). Difficulty: how often
two people agree on a gold task against an open one of the same plurality, as z = difference / standard error. Both as a
share of doubt in 0-1, smooth so that nothing jumps: near 0 where the difference may be chance, near 1 where it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities

_EVEN_Z2 = 8.0  # a squared z that makes the doubt one half
_EVEN_CHI2 = 15.0  # the same for chi^2 per degree of freedom
_LARGEST_RATIO = 10.0


@dataclass(frozen=True)
class Shift:
    """`mix`, `difficulty`: doubt in 0-1; `easier`: by how much more often people agree on gold; `class_weight`
    float[K]: what a gold task of each class should count so that gold weighs as the open tasks do."""

    mix: float
    difficulty: float
    easier: float
    class_weight: NDArray[np.float64]


def gold_shift(votes: LabelVotes, posterior: Probabilities) -> Shift:
    """`posterior` float[T, K]: what is believed of the open tasks."""
    n_labels = len(votes.labels)
    gold, is_open = votes.is_gold, ~votes.is_gold
    if not gold.any() or not is_open.any():
        return Shift(0.0, 0.0, 0.0, np.ones(n_labels))
    counts = np.bincount(votes.gold[gold], minlength=n_labels).astype(float)
    expected = counts.sum() * (posterior[is_open].sum(axis=0) + 1) / (is_open.sum() + n_labels)
    chi2 = float(((counts - expected) ** 2 / np.maximum(expected, 0.5)).sum()) / max(n_labels - 1, 1)
    mix = chi2 / (chi2 + _EVEN_CHI2)
    ratio = np.clip((expected + 1) / (counts + 1), 1 / _LARGEST_RATIO, _LARGEST_RATIO) ** mix
    weight = ratio / max(float((ratio * counts).sum() / counts.sum()), 1e-9)
    easier, error = _agreement_gap(votes)
    z2 = (easier / error) ** 2
    return Shift(mix, float(z2 / (z2 + _EVEN_Z2)), easier, weight)


def _agreement_gap(votes: LabelVotes) -> tuple[float, float]:
    """Agreement of two votes on gold minus on open tasks, plurality by plurality, and its standard error."""
    counts = votes.counts()
    n = counts.sum(axis=1)
    several = n >= 2
    agreement = (counts * (counts - 1)).sum(axis=1)[several] / (n * (n - 1))[several]
    plurality, gold = counts.argmax(axis=1)[several], votes.is_gold[several]
    gap, variance, total = 0.0, 0.0, 0.0
    for k in range(counts.shape[1]):
        known, unknown = agreement[gold & (plurality == k)], agreement[~gold & (plurality == k)]
        if len(known) < 3 or len(unknown) < 3:
            continue
        share = float(len(known))
        gap += share * float(known.mean() - unknown.mean())
        variance += share**2 * float(known.var(ddof=1) / len(known) + unknown.var(ddof=1) / len(unknown) + 1e-6)
        total += share
    return (gap / total, float(np.sqrt(variance)) / total) if total else (0.0, 1.0)
