"""Arrival and history: when a task first turned up among all attackers, in whose history, and how early."""

from __future__ import annotations

from collections import defaultdict

from quality.audit.leaks.channels.tasks import attack_tasks
from quality.audit.leaks.evidence import Evidence, Seen, TaskKey
from quality.audit.leaks.verdict import Attack

KEY = "arrival"


def attacks(evidence: Evidence) -> list[Attack]:
    sights: dict[TaskKey, list[Seen]] = defaultdict(list)
    for deal in evidence.known():
        sights[deal.task].append(deal)
    first = {task: min(deal.at for deal in deals) for task, deals in sights.items()}
    order = {task: place for place, task in enumerate(sorted(first, key=first.__getitem__))}
    rows = {}
    for task, deals in sights.items():
        earliest = min(deals, key=lambda deal: deal.at)
        rows[task] = {
            "first seen": first[task],
            "place among the new": order[task],
            "first in a history of": earliest.number,
            "least number": min(deal.number for deal in deals),
            "greatest number": max(deal.number for deal in deals),
            "first at position": earliest.position,
        }
    return attack_tasks(KEY, evidence, rows)
