"""The report: pack against real pictures after the common path, one channel after another."""

from collections.abc import Callable
from typing import Any

import numpy as np

from synth.realism import kid, rich
from synth.realism.attack import area, centred, cross_validated, standardise
from synth.realism.boosting import boosted
from synth.realism.features import NAMES
from synth.realism.limits import ENOUGH_PICTURES, ENOUGH_SOURCES
from synth.realism.table import Table

# One-sided 95 % upper bounds; attackers that use more get a little more room, as their bounds are wider.
LIMIT, LIMIT_BOOSTED, LIMIT_NETWORK = 0.60, 0.65, 0.70
# Cross-validation itself leans a little below one half where there is nothing to find; an attacker who is wrong more
# reliably than that has found something, and need only turn its answers round.
LOWEST = 0.40

Attack = Callable[[Table, int], np.ndarray]


def _linear(columns: Callable[[Table], np.ndarray]) -> Attack:
    return lambda table, seed: cross_validated(columns(table), table.generated, table.groups, seed=seed)


def _family(part: slice) -> Attack:
    return _linear(lambda table: table.rich[:, part])


def _trees(table: Table, seed: int) -> np.ndarray:
    both = np.hstack([table.features, table.rich, table.sizes])
    return boosted(both, table.generated, table.groups, seed=seed)


def _fine(table: Table, seed: int) -> np.ndarray:
    from synth.realism import network  # torch, only when it is needed

    return network.convolved(network.high_pass(table.pixels), table.generated, table.groups, seed=seed)


def _coarse(table: Table, seed: int) -> np.ndarray:
    from synth.realism import network

    return network.convolved(network.low_pass(table.pixels), table.generated, table.groups, seed=seed)


# A new attacker is one line: its name, what scores each row, and the bound it must stay under.
CHANNELS: dict[str, tuple[Attack, float]] = {
    "features": (_linear(lambda table: table.features), LIMIT),
    "features, centred per source": (_linear(lambda table: centred(table.features, table.groups)), LIMIT),
    "file size": (_linear(lambda table: table.sizes), LIMIT),
    **{name: (_family(part), LIMIT) for name, part in rich.FAMILIES.items()},
    "boosting": (_trees, LIMIT_BOOSTED),
    "network, fine detail": (_fine, LIMIT_NETWORK),
    "network, coarse layout": (_coarse, LIMIT_NETWORK),
}


def judge(table: Table, *, seed: int = 0) -> dict[str, Any]:
    """Figures, and `passed`: every attacker's upper bound is low enough, on enough pictures to say so.

    `offending` names the channels that give the pack away.
    """
    y = table.generated
    channels = {name: _channel(*CHANNELS[name], table, seed) for name in CHANNELS}
    channels["kernel distance"] = _kernel(table, seed)
    offending = [name for name, channel in channels.items() if not channel["passed"]]
    sides = (int(y.sum()), int((~y).sum()))
    sources = len({g for g, made in zip(table.groups, y, strict=True) if not made})
    certifiable = min(sides) >= ENOUGH_PICTURES and sources >= ENOUGH_SOURCES
    raw, level = channels["features"], channels["features, centred per source"]
    return {
        "gate": "realism",
        "passed": not offending and certifiable,
        "certifiable": certifiable,
        "offending": offending,
        "limit": LIMIT,
        "lowest": LOWEST,
        "auc": raw["auc"],
        "auc_upper": raw["upper"],
        "auc_centred": level["auc"],
        "auc_centred_upper": level["upper"],
        "channels": channels,
        "single_features": _single(table),
        "n_generated": sides[0],
        "n_real": sides[1],
        "real_sources": sources,
    }


def _channel(attack: Attack, limit: float, table: Table, seed: int) -> dict[str, Any]:
    found = area(attack(table, seed), table.generated)
    return {
        "auc": round(found.auc, 4),
        "upper": round(found.upper, 4),
        "limit": limit,
        "passed": bool(found.upper < limit and found.auc > LOWEST),
    }


def _kernel(table: Table, seed: int) -> dict[str, Any]:
    y = table.generated
    real, made = standardise(table.rich[~y], table.rich[y])
    groups = [group for group, generated in zip(table.groups, y, strict=True) if not generated]
    distance, floor = kid.distances(made, real, groups, seed=seed)
    return {"distance": round(distance, 5), "floor": round(floor, 5), "passed": bool(distance <= floor)}


def _single(table: Table) -> dict[str, float]:
    """How well each of the 23 figures alone tells the sides apart, the best first."""
    found = [area(table.features[:, column], table.generated).auc for column in range(len(NAMES))]
    single = {name: round(max(auc, 1 - auc), 3) for name, auc in zip(NAMES, found, strict=True)}
    return dict(sorted(single.items(), key=lambda pair: -pair[1]))
