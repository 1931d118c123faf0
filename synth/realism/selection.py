"""Attack-aware selection: of many generated pictures, those that together look most like the real ones.

It comes after the common path and sees what an attacker would see. Fit P(generated), draw without replacement with
weight (1 - p) / p, and fit again to what was drawn. The fit is not crossed with the draw: a crossed one over-corrects,
and an attacker who is reliably wrong has learned as much as one who is right. Each class keeps its share, so that the
hard ones are not dropped silently; how many of each were taken is reported.
"""

import numpy as np

from synth.data import DataError
from synth.realism.attack import fit, scores, standardise
from synth.realism.table import Table

PENALTY = 20.0  # of the ridge: there are more figures here than the gate's linear attackers use at once


def select(table: Table, labels: np.ndarray, keep: int, *, rounds: int = 4, seed: int = 0) -> np.ndarray:
    """Row numbers int64[keep] of generated rows of `table`; `labels` int64 of the generated rows, in their order."""
    rng = np.random.default_rng(seed)
    made = np.flatnonzero(table.generated)
    if keep > len(made):
        raise DataError(f"{keep} pictures are to be kept, but the pack holds {len(made)}.")
    figures = np.hstack([table.features, table.rich, table.sizes])
    real = figures[~table.generated]
    log_weight = np.zeros(len(made))
    chosen = _draw(log_weight, labels, keep, rng)
    for _ in range(rounds):
        both = np.vstack([figures[made[chosen]], real])
        target = np.arange(len(both)) < keep
        train, everything = standardise(both, figures[made])
        log_weight -= scores(everything, fit(train, target, penalty=PENALTY)) - np.log(keep / len(real))
        chosen = _draw(log_weight, labels, keep, rng)
    return np.sort(made[chosen])


def _draw(log_weight: np.ndarray, labels: np.ndarray, keep: int, rng: np.random.Generator) -> np.ndarray:
    """int64[keep]: each class as often as its share, within it by weight and without replacement (Gumbel's trick)."""
    kinds, counts = np.unique(labels, return_counts=True)
    exact = counts * keep / len(labels)
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact)[: keep - quota.sum()]] += 1
    keys = np.clip(log_weight, -8, 8) + rng.gumbel(size=len(labels))
    parts = []
    for kind, wanted in zip(kinds, quota, strict=True):
        rows = np.flatnonzero(labels == kind)
        parts.append(rows[np.argsort(-keys[rows])[:wanted]])
    return np.concatenate(parts)
