"""Order: position in the round, place in one's history, and what came just before (an oracle may have told that)."""

from __future__ import annotations

from collections import defaultdict

from quality.audit.leaks.channels.deals import attack_deals
from quality.audit.leaks.evidence import Evidence, Seen
from quality.audit.leaks.verdict import Attack

KEY = "order"
REMEMBERED = 4  # questions before this one, whose kind the attacker has found out


def attacks(evidence: Evidence) -> list[Attack]:
    known = evidence.known()
    before = _before(evidence)
    return attack_deals(KEY, evidence, [_row(deal) | before[deal.person, deal.number] for deal in known])


def _row(deal: Seen) -> dict[str, object]:
    cycles = {f"number modulo {k}": deal.number % k for k in (2, 3, 4, 5, 7, 12)}
    named = {f"position {k}": deal.position == k for k in range(1, 13)}
    return {"position": deal.position, "number": deal.number, "at the very start": deal.number < 10, **cycles, **named}


def _before(evidence: Evidence) -> dict[tuple[int, int], dict[str, object]]:
    """Which of the questions before each were gold. Shares of a whole history would hold the question itself."""
    of_person: dict[int, list[Seen]] = defaultdict(list)
    for deal in sorted(evidence.known(), key=lambda deal: deal.number):
        of_person[deal.person].append(deal)
    rows: dict[tuple[int, int], dict[str, object]] = {}
    for deals in of_person.values():
        gold = [evidence.truth.gold[deal.task] for deal in deals]
        for i, deal in enumerate(deals):
            past = gold[max(0, i - REMEMBERED) : i][::-1]
            row: dict[str, object] = {f"gold {k} before": side for k, side in enumerate(past, start=1)}
            rows[deal.person, deal.number] = {**row, "gold among the last": sum(past)}
    return rows
