"""Exposure: what colluding annotators have in common. Gold that more of them meet, or the same ones, stands out."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from quality.audit.leaks.channels.tasks import attack_tasks
from quality.audit.leaks.evidence import Evidence, Seen, TaskKey
from quality.audit.leaks.table import Row
from quality.audit.leaks.verdict import Attack

KEY = "exposure"


def attacks(evidence: Evidence) -> list[Attack]:
    sights: dict[TaskKey, list[Seen]] = defaultdict(list)
    for deal in evidence.known():
        sights[deal.task].append(deal)
    rounds: dict[str, set[TaskKey]] = defaultdict(set)
    for deal in evidence.known():
        rounds[deal.round].add(deal.task)
    return attack_tasks(KEY, evidence, {task: _row(task, deals, rounds, sights) for task, deals in sights.items()})


def _row(task: TaskKey, deals: list[Seen], rounds: dict[str, set[TaskKey]], sights: dict[TaskKey, list[Seen]]) -> Row:
    times = sorted(deal.at for deal in deals)
    gaps = np.diff(times)
    others = [other for deal in deals for other in rounds[deal.round] if other != task]
    return {
        "seen by": len({deal.person for deal in deals}),
        "seen twice by somebody": len(deals) - len({deal.person for deal in deals}),
        "first to last sight": times[-1] - times[0],
        "shortest gap": float(gaps.min()) if len(gaps) else None,
        "mean number": float(np.mean([deal.number for deal in deals])),
        "met together again": len(others) - len(set(others)),
        "sights of those met with it": float(np.mean([len(sights[other]) for other in others])) if others else None,
        "other questions on the picture": sum(1 for other in sights if other[0] == task[0]) - 1,
    }
