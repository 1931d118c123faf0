"""What channels share that look at one question at a time, as each attacker met it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quality.audit.leaks.attacks import learned, too_few
from quality.audit.leaks.evidence import Evidence, Seen
from quality.audit.leaks.table import Row, Table, centred, tabulate
from quality.audit.leaks.verdict import Attack


def attack_deals(
    channel: str, evidence: Evidence, rows: Sequence[Row] | Table, *, seen: Sequence[Seen] | None = None
) -> list[Attack]:
    """Both learners on a row for each of `seen` (all known ones), clustered by task and by person."""
    deals = evidence.known() if seen is None else seen
    gold = np.array([evidence.truth.gold[deal.task] for deal in deals], dtype=bool)
    table = rows if isinstance(rows, Table) else tabulate(rows)
    return learned(
        channel,
        table,
        gold,
        groups=[evidence.source_of(deal.task) for deal in deals],
        clusters={"task": [deal.task for deal in deals], "person": [deal.person for deal in deals]},
        shortfall=too_few(gold),
        seed=evidence.seed,
    )


def by_person(table: Table, deals: Sequence[Seen]) -> Table:
    """Each attacker's median taken away."""
    return centred(table, [deal.person for deal in deals])
