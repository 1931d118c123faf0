"""The assist: what the same boxes bring back, how fast, and how much faster the second time (a cache)."""

from __future__ import annotations

import math

from quality.audit.leaks.channels.deals import attack_deals, by_person
from quality.audit.leaks.evidence import Evidence, Seen
from quality.audit.leaks.table import beside, tabulate
from quality.audit.leaks.verdict import Attack

KEY = "assist"


def attacks(evidence: Evidence) -> list[Attack]:
    asked = [deal for deal in evidence.known() if deal.assist]
    if not asked:
        return []
    table = tabulate([_row(deal) for deal in asked])
    return attack_deals(KEY, evidence, beside(table, by_person(table, asked)), seen=asked)


def _row(deal: Seen) -> dict[str, object]:
    row: dict[str, object] = {}
    for number, reply in enumerate(deal.assist):
        row |= {
            f"prompt {number}: kind": reply.kind,
            f"prompt {number}: bytes": reply.size,
            f"prompt {number}: log seconds": math.log(max(reply.seconds, 1e-5)),
            f"prompt {number}: area": reply.area,
            f"prompt {number}: width": reply.width,
            f"prompt {number}: height": reply.height,
        }
    first, last = deal.assist[0], deal.assist[-1]
    return row | {"saved by asking again": first.seconds - last.seconds, "same again": first.area == last.area}
