"""What channels share that look at whole tasks, as all attackers together know them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quality.audit.leaks.attacks import learned, too_few
from quality.audit.leaks.evidence import Evidence, TaskKey
from quality.audit.leaks.table import Row, tabulate
from quality.audit.leaks.verdict import Attack


def attack_tasks(channel: str, evidence: Evidence, rows: Mapping[TaskKey, Row]) -> list[Attack]:
    """Both learners on one row a task, no source divided."""
    tasks = list(rows)
    gold = np.array([evidence.truth.gold[task] for task in tasks], dtype=bool)
    sources = [evidence.source_of(task) for task in tasks]
    return learned(
        channel,
        tabulate([rows[task] for task in tasks]),
        gold,
        groups=sources,
        clusters={"source": sources},
        shortfall=too_few(gold, what="tasks"),
        seed=evidence.seed,
    )
