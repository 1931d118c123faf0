"""What the rows of all rounds come to, arm by arm."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from quality.domain.comparison import holm
from synth.utility.arms import CONTROL
from synth.utility.scores import METRICS
from synth.utility.statistics import corrected_t

Row = dict[str, Any]


def summary(rows: list[Row], arms: Sequence[str], *, folds: int) -> list[dict[str, Any]]:
    """An entry an arm: per metric its mean over rounds (each the mean of its rows), the difference from the control in
    the rounds that have both, with its 95 % interval (`statistics.corrected_t`), the gain in % of the control, and p
    adjusted over the arms (Holm 1979)."""
    present = [name for name in arms if any(row["arm"] == name for row in rows)]
    metrics = {metric: _compared(rows, present, metric, folds) for metric in METRICS}
    entries = []
    for name in present:
        own = [row for row in rows if row["arm"] == name]
        labels = dict.fromkeys(row["label"] for row in own)
        entries.append(
            {
                "arm": name,
                "rounds": len({(row["repeat"], row["fold"]) for row in own}),
                "trained_on": float(np.mean([row["trained_on"] for row in own])),
                **{metric: of[name] for metric, of in metrics.items()},
                "dice_per_label": {
                    label: float(np.mean([row["dice"] for row in own if row["label"] == label])) for label in labels
                },
            }
        )
    return entries


def _compared(rows: list[Row], arms: list[str], metric: str, folds: int) -> dict[str, dict[str, Any]]:
    means = {name: _by_round(rows, name, metric) for name in arms}
    found: dict[str, dict[str, Any]] = {}
    for name in arms:
        found[name] = {"mean": float(np.mean(list(means[name].values())))}
        if name == CONTROL:
            continue
        pairs = np.array([(means[name][at], means[CONTROL][at]) for at in means[name]])
        difference = corrected_t(pairs[:, 0] - pairs[:, 1], ratio=1 / (folds - 1))
        base = float(pairs[:, 1].mean())
        gain = 100 * difference.mean / base if base > 0 else None
        found[name] |= {
            "difference": difference.mean,
            "low": difference.low,
            "high": difference.high,
            "p": difference.p,
            "gain": gain,
        }
    tested = [of for of in found.values() if of.get("p") is not None]
    for of, p in zip(tested, holm([of["p"] for of in tested]), strict=True):
        of["p_holm"] = p
    return found


def _by_round(rows: list[Row], arm: str, metric: str) -> dict[tuple[int, int], float]:
    values: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        if row["arm"] == arm:
            values.setdefault((row["repeat"], row["fold"]), []).append(row[metric])
    return {at: float(np.mean(of)) for at, of in values.items()}
