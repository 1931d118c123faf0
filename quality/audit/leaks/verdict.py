"""What an attack amounts to: passed, failed, or not certifiable.

Each attack must stay under its limit by its one-sided 95 % upper bound. To pass all of them needs no correction: a site
that leaks somewhere passes everywhere with at most 5 % chance. To be called a leak on few samples an area must differ
from one half after Holm's (1979) correction over all attacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quality.audit.leaks.area import ONE_SIDED, Area

ALPHA = 0.05


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CERTIFIABLE = "not certifiable"


@dataclass(frozen=True)
class Attack:
    """What one attack found. `area` None: it could not be tried, and `shortfall` says why.

    `shortfall`: one sentence on what is missing before a pass can be certified, "" where nothing is.
    `strongest`: the single figures that separate best, with their areas. `details`: more, for the report.
    `is_early`: a look before there is enough to certify anything; it fails where it separates, and a later one judges.
    """

    channel: str
    name: str
    area: Area | None
    limit: float
    shortfall: str = ""
    strongest: Sequence[tuple[str, float]] = ()
    details: dict[str, Any] | None = None
    is_early: bool = False


@dataclass(frozen=True)
class Finding:
    """An attack with its verdict; `p_holm` corrected over all attacks of the audit."""

    attack: Attack
    verdict: Verdict
    why: str
    p_holm: float

    def to_json(self) -> dict[str, Any]:
        area = self.attack.area
        figures = {"auc": area.auc, "low": area.low, "high": area.high, "upper": area.upper} if area else {}
        return {
            "channel": self.attack.channel,
            "attack": self.attack.name,
            "verdict": str(self.verdict),
            "why": self.why,
            "limit": self.attack.limit,
            **{name: round(value, 4) for name, value in figures.items()},
            "n_gold": area.n_gold if area else 0,
            "n_open": area.n_open if area else 0,
            "p_holm": round(self.p_holm, 6),
            "strongest": [{"figure": name, "auc": round(auc, 4)} for name, auc in self.attack.strongest],
            "details": self.attack.details or {},
        }


def judge(attacks: Sequence[Attack]) -> list[Finding]:
    """Verdicts of all attacks of one audit, in their order."""
    p_values = _holm([attack.area.p if attack.area else 1.0 for attack in attacks])
    return [Finding(attack, *_verdict(attack, p), p) for attack, p in zip(attacks, p_values, strict=True)]


def overall(findings: Sequence[Finding]) -> Verdict:
    """Failed if anything failed, passed only if everything passed."""
    verdicts = {finding.verdict for finding in findings}
    for verdict in (Verdict.FAILED, Verdict.NOT_CERTIFIABLE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASSED if findings else Verdict.NOT_CERTIFIABLE


def _verdict(attack: Attack, p: float) -> tuple[Verdict, str]:
    area, limit = attack.area, attack.limit
    if area is None:
        return Verdict.NOT_CERTIFIABLE, attack.shortfall
    if p < ALPHA and not 1 - limit < area.auc < limit:
        # Somebody who is reliably wrong need only turn the answers round.
        return Verdict.FAILED, f"separates gold from open: {area.auc:.2f}"
    if attack.is_early:
        return Verdict.PASSED, "an early look, which finds nothing"
    if attack.shortfall:
        return Verdict.NOT_CERTIFIABLE, attack.shortfall
    if area.upper < limit:
        return Verdict.PASSED, ""
    if 2 * ONE_SIDED * area.error > limit - 0.5:
        # Even where there is nothing to find such an error would miss the limit more often than once in twenty.
        return Verdict.NOT_CERTIFIABLE, f"too few samples: standard error {area.error:.3f}"
    return Verdict.FAILED, f"upper bound {area.upper:.2f} is not below {limit:.2f}"


def _holm(p_values: Sequence[float]) -> list[float]:
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, worst = [1.0] * len(p_values), 0.0
    for place, i in enumerate(order):
        worst = max(worst, min(1.0, p_values[i] * (len(p_values) - place)))
        corrected[i] = worst
    return corrected
