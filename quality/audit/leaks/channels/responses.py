"""Replies: their keys, sizes and headers, for the question, its picture, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quality.audit.leaks.channels.deals import attack_deals
from quality.audit.leaks.evidence import Evidence, Reply, Seen
from quality.audit.leaks.table import flat
from quality.audit.leaks.verdict import Attack

KEY = "responses"
# Another channel's business: time, and the picture's own bytes.
_ELSEWHERE = {"date"}
_RANDOM = ("assignment.id", "assignment.image.url", "assignment.round.id", "assignment", "round")
_MOVING = ("assignment.round.position", "prefetch")  # order's business; how full the hand is


def attacks(evidence: Evidence) -> list[Attack]:
    answered = evidence.answered()
    return attack_deals(KEY, evidence, [_row(deal) for deal in answered], seen=answered)


def _row(deal: Seen) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, reply in deal.replies.items():
        row |= {f"{name}: status": reply.status, **_headers(name, reply)}
        if not name.startswith("picture"):
            row[f"{name}: bytes less its list ahead"] = reply.size - _ahead(reply)
            row |= {f"{name}: {path}": value for path, value in _body(reply.body).items()}
    return row


def _headers(name: str, reply: Reply) -> dict[str, str]:
    own = {"content-length"}  # of a question it is the size again, of a picture the business of `files`
    return {
        f"{name}: header {header}": value
        for header, value in reply.headers.items()
        if header not in _ELSEWHERE and header not in own
    } | {f"{name}: order of headers": ",".join(reply.headers)}


def _ahead(reply: Reply) -> int:
    """Bytes of the pictures named ahead and of the position: both follow from the hand, not from the task."""
    body = reply.body if isinstance(reply.body, Mapping) else {}
    names = body.get("prefetch", ())
    position = body.get("assignment", {}).get("round", {}).get("position", "") if "prefetch" in body else ""
    return sum(len(name) + 3 for name in names) + len(str(position))


def _body(body: Any) -> dict[str, Any]:
    leaves = flat(body) if isinstance(body, Mapping) else {}
    return {
        path: len(str(value)) if path in _RANDOM else value
        for path, value in leaves.items()
        if not path.startswith(_MOVING)
    }
