"""Time: how long each reply took, how long the dealer was behind, raw and against the person's usual."""

from __future__ import annotations

import math

from quality.audit.leaks.channels.deals import attack_deals, by_person
from quality.audit.leaks.evidence import Evidence, Seen
from quality.audit.leaks.table import beside, tabulate
from quality.audit.leaks.verdict import Attack

KEY = "timing"


def attacks(evidence: Evidence) -> list[Attack]:
    known = evidence.known()
    table = tabulate([_row(deal) for deal in known])
    return attack_deals(KEY, evidence, beside(table, by_person(table, known)))


def _row(deal: Seen) -> dict[str, float]:
    seconds = {name: reply.seconds for name, reply in deal.replies.items()}
    logs = {f"log seconds of {name}": math.log(max(value, 1e-5)) for name, value in seconds.items()}
    cached = seconds.get("picture again", 0.0) - seconds.get("picture", 0.0)
    return {**logs, "second look at the picture, saved": cached, "dealer behind": deal.waits}
