"""The report: pack against real pictures after the common path, raw and centred per source."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synth.data import DataError, Labelled
from synth.realism.attack import area, centred, cross_validated, fit, scores, standardise
from synth.realism.common_path import CommonPath, serve
from synth.realism.features import NAMES, describe

LIMIT = 0.60
# Cross-validation itself leans a little below one half where there is nothing to find; an attacker who is wrong more
# reliably than that has found something, and need only turn its answers round.
LOWEST = 0.40
ENOUGH_PICTURES, ENOUGH_SOURCES = 300, 25


@dataclass(frozen=True)
class Table:
    """`features` float64[n, 23], `generated` bool[n], `groups` the source of each row."""

    features: np.ndarray
    generated: np.ndarray
    groups: list[str]


def tabulate(pack: Labelled, real: Labelled, path: CommonPath, *, seed: int = 0) -> Table:
    """Both sides through the same steps, each picture with noise of its own."""
    if pack.pixels.shape[1:] != real.pixels.shape[1:]:
        raise DataError(f"Pack and real pictures differ in size: {pack.pixels.shape[1]} and {real.pixels.shape[1]} px.")
    rng = np.random.default_rng(seed)
    rows = [describe(*serve(pixels, path, rng)) for part in (pack, real) for pixels in part.pixels]
    generated = np.arange(len(rows)) < len(pack)
    groups = [f"pack {g or n}" for n, g in enumerate(pack.groups)] + [
        f"real {g or n}" for n, g in enumerate(real.groups)
    ]
    return Table(np.array(rows), generated, groups)


def judge(table: Table, *, seed: int = 0) -> dict[str, Any]:
    """Figures, and `passed`: the attacker's upper bound stays under .60, on enough pictures to say so."""
    y = table.generated
    raw = area(cross_validated(table.features, y, table.groups, seed=seed), y)
    level = area(cross_validated(centred(table.features, table.groups), y, table.groups, seed=seed), y)
    single = {}
    for column, name in enumerate(NAMES):
        one = area(table.features[:, column], y)
        single[name] = round(max(one.auc, 1 - one.auc), 3)
    sides = (int(y.sum()), int((~y).sum()))
    sources = len({g for g, made in zip(table.groups, y, strict=True) if not made})
    certifiable = min(sides) >= ENOUGH_PICTURES and sources >= ENOUGH_SOURCES
    passed = all(a.upper < LIMIT and a.auc > LOWEST for a in (raw, level))
    return {
        "gate": "realism",
        "passed": bool(passed and certifiable),
        "certifiable": certifiable,
        "limit": LIMIT,
        "lowest": LOWEST,
        "auc": round(raw.auc, 4),
        "auc_upper": round(raw.upper, 4),
        "auc_centred": round(level.auc, 4),
        "auc_centred_upper": round(level.upper, 4),
        "single_features": dict(sorted(single.items(), key=lambda pair: -pair[1])),
        "n_generated": sides[0],
        "n_real": sides[1],
        "real_sources": sources,
    }


def select(table: Table, keep: int, *, rounds: int = 3, seed: int = 0) -> np.ndarray:
    """Indices int64[keep] of generated rows that together look most like the real ones.

    Attack-aware selection: fit P(generated), draw without replacement with weight (1 - p) / p, and again on what was
    drawn. The fit is not crossed with the draw: a crossed one over-corrects, and an attacker who is reliably wrong
    has learned as much as one who is right.
    """
    rng = np.random.default_rng(seed)
    made = np.flatnonzero(table.generated)
    real = table.features[~table.generated]
    if keep > len(made):
        raise DataError(f"{keep} pictures are to be kept, but the pack holds {len(made)}.")
    log_weight = np.zeros(len(made))
    chosen = made[:keep]
    for _ in range(rounds):
        both = np.vstack([table.features[chosen], real])
        target = np.arange(len(both)) < len(chosen)
        train, everything = standardise(both, table.features[made])
        odds = scores(everything, fit(train, target, penalty=5.0)) - np.log(len(chosen) / len(real))
        log_weight -= odds
        # Gumbel's trick: the largest keys are a draw without replacement by weight.
        keys = np.clip(log_weight, -8, 8) + rng.gumbel(size=len(made))
        chosen = made[np.argsort(-keys)[:keep]]
    return np.sort(chosen)
