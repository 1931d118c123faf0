"""One's own data: whatever the download says of each answer beyond what one put in oneself."""

from __future__ import annotations

from typing import Any

from quality.audit.leaks.channels.deals import attack_deals
from quality.audit.leaks.evidence import Evidence, Seen
from quality.audit.leaks.table import flat
from quality.audit.leaks.verdict import Attack

KEY = "records"
_OWN = ("answer.", "trace.")  # what the attacker sent


def attacks(evidence: Evidence) -> list[Attack]:
    with_record = [deal for deal in evidence.answered() if deal.record]
    return attack_deals(KEY, evidence, [_row(deal) for deal in with_record], seen=with_record)


def _row(deal: Seen) -> dict[str, Any]:
    return {path: value for path, value in flat(deal.record).items() if not path.startswith(_OWN)}
