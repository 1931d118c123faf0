"""The twenty-three figures that a script would look at first, raw and with each source's median taken away."""

from __future__ import annotations

import numpy as np

from quality.audit.leaks.attacks import learned
from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.learn import regression
from quality.audit.leaks.pictures import FEATURES, described, gallery
from quality.audit.leaks.table import Table, centred
from quality.audit.leaks.verdict import Attack

KEY = "features"


def attacks(evidence: Evidence) -> list[Attack]:
    shown = gallery(evidence)
    values = np.array([described(file) for file in shown.files]).reshape(len(shown.files), len(FEATURES))
    raw = Table(tuple(FEATURES), values)
    found: list[Attack] = []
    for prefix, table in (("raw ", raw), ("centred ", centred(raw, shown.sources))):
        found += learned(
            KEY,
            table,
            shown.gold,
            groups=shown.sources,
            clusters=shown.clusters,
            shortfall=shown.shortfall,
            models={"regression": regression},
            prefix=prefix,
            seed=evidence.seed,
        )
    return found
