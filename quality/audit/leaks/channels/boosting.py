"""Boosting on rich figures of the picture."""

from __future__ import annotations

import functools

from quality.audit.leaks.attacks import learned
from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.learn import trees
from quality.audit.leaks.pictures import FEATURES, decode, described, gallery
from quality.audit.leaks.rich import rich
from quality.audit.leaks.table import tabulate
from quality.audit.leaks.verdict import Attack

KEY = "boosting"
LIMIT = 0.65


def attacks(evidence: Evidence) -> list[Attack]:
    shown = gallery(evidence)
    return learned(
        KEY,
        tabulate([_row(file) for file in shown.files]),
        shown.gold,
        groups=shown.sources,
        clusters=shown.clusters,
        shortfall=shown.shortfall,
        models={"trees": trees},
        limit=LIMIT,
        seed=evidence.seed,
    )


@functools.lru_cache(maxsize=8192)
def _row(file: bytes) -> dict[str, float]:
    return {**dict(zip(FEATURES, described(file).tolist(), strict=True)), **rich(decode(file))}
