"""One file a channel: a new one is a module with `KEY` and `attacks`, and a line here."""

from __future__ import annotations

from typing import Protocol

from quality.audit.leaks.channels import (
    arrival,
    assist,
    behaviour,
    boosting,
    exposure,
    features,
    files,
    ids,
    networks,
    oracle,
    order,
    records,
    responses,
    siblings,
    timing,
)
from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.verdict import Attack


class Channel(Protocol):
    """Turns what was seen into attacks; a channel with nothing to look at (no assist, no people) returns none."""

    KEY: str

    def attacks(self, evidence: Evidence, /) -> list[Attack]: ...


_ALL: tuple[Channel, ...] = (
    ids,
    order,
    responses,
    timing,
    arrival,
    exposure,
    files,
    siblings,
    features,
    boosting,
    networks,
    oracle,
    records,
    assist,
    behaviour,
)
CHANNELS: dict[str, Channel] = {channel.KEY: channel for channel in _ALL}
