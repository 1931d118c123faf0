"""The usual attacks on a table of figures, so that a channel only says what it looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from quality.audit.leaks.area import area, auc_of
from quality.audit.leaks.learn import FOLDS, Model, cross_validated, regression, trees
from quality.audit.leaks.table import Table
from quality.audit.leaks.verdict import Attack

LIMIT = 0.60
LEAST_A_SIDE = 100  # rows
SHOWN = 5
MODELS: Mapping[str, Model] = {"regression": regression, "trees": trees}


def too_few(gold: NDArray[np.bool_], *, a_side: int = LEAST_A_SIDE, what: str = "questions") -> str:
    """One sentence where one side has fewer than `a_side` rows, "" otherwise."""
    n_gold, n_open = int(gold.sum()), int((~gold).sum())
    if min(n_gold, n_open) >= a_side:
        return ""
    return f"too few samples: {n_gold} gold and {n_open} open {what}, {a_side} of each are needed"


def learned(
    channel: str,
    table: Table,
    gold: NDArray[np.bool_],
    *,
    groups: Sequence[object],
    clusters: Mapping[str, Sequence[object]],
    seed: int,
    models: Mapping[str, Model] = MODELS,
    limit: float = LIMIT,
    shortfall: str | None = None,
    prefix: str = "",
) -> list[Attack]:
    """One attack a model. `groups`: what no split may divide; `clusters`: see `area`; `prefix`: of attacks' names."""
    lacking = too_few(gold) if shortfall is None else shortfall
    best = strongest(table, gold)
    found = []
    for name, model in models.items():
        # Without a figure that varies there is nothing to learn from: everybody looks alike.
        scores = np.full(len(gold), 0.5)
        if table.names and gold.any() and not gold.all():
            learnt = cross_validated(table.values, gold, groups, model, seed=seed)
            if learnt is None:
                reason = lacking or "too few sources: gold or open ones are all of one"
                found.append(Attack(channel, prefix + name, None, limit, reason, best))
                continue
            scores = learnt
        found.append(scored(channel, prefix + name, scores, gold, clusters, limit, lacking, best, FOLDS))
    return found


def scored(
    channel: str,
    name: str,
    scores: NDArray[np.float64],
    gold: NDArray[np.bool_],
    clusters: Mapping[str, Sequence[object]],
    limit: float = LIMIT,
    shortfall: str | None = None,
    best: Sequence[tuple[str, float]] = (),
    folds: int = 0,
) -> Attack:
    """An attack from its scores float[n]; `folds` where they were cross-validated."""
    lacking = too_few(gold) if shortfall is None else shortfall
    if not gold.any() or gold.all():
        return Attack(channel, name, None, limit, lacking or "one side is missing", best)
    return Attack(channel, name, area(scores, gold, clusters, folds=folds), limit, lacking, best)


def strongest(table: Table, gold: NDArray[np.bool_]) -> list[tuple[str, float]]:
    """The single figures farthest from one half, the first five."""
    if not gold.any() or gold.all():
        return []
    areas = [(name, auc_of(table.values[:, i], gold)) for i, name in enumerate(table.names)]
    return sorted(areas, key=lambda pair: -abs(pair[1] - 0.5))[:SHOWN]
