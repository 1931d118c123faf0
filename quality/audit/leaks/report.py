"""The report: for a terminal, for a file, for the researcher's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.verdict import ALPHA, Finding, overall

_HEADS = ("channel", "attack", "AUC", "95 % interval", "upper", "limit", "gold", "open", "verdict")


def as_json(project: str, evidence: Evidence, findings: Sequence[Finding]) -> dict[str, Any]:
    """All figures; "multiplicity" says how many attacks the corrected p values stand for."""
    known = evidence.known()
    return {
        "project": project,
        "verdict": str(overall(findings)),
        "seed": evidence.seed,
        "attackers": len({seen.person for seen in evidence.seen}),
        "questions": len(known),
        "gold_questions": sum(evidence.truth.gold[seen.task] for seen in known),
        "tasks": len({seen.task for seen in known}),
        "sources": len({evidence.source_of(seen.task) for seen in known}),
        "scored_rounds": len(evidence.rounds),
        "answers_of_people": len(evidence.behaviour),
        "multiplicity": {
            "attacks": len(findings),
            "correction": "Holm",
            "alpha": ALPHA,
            "note": "Limits are held against uncorrected upper bounds: to pass, every attack must stay below its own.",
        },
        "findings": [finding.to_json() for finding in findings],
    }


def as_table(findings: Sequence[Finding]) -> str:
    """Aligned columns; below each attack that did not pass, why, and what gave it away."""
    lines = [_HEADS, *(_cells(finding) for finding in findings)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADS))]
    shown = []
    for number, line in enumerate(lines):
        shown.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number:
            shown += [f"    {note}" for note in _notes(findings[number - 1])]
    return "\n".join(shown)


def _cells(finding: Finding) -> tuple[str, ...]:
    attack, area = finding.attack, finding.attack.area
    figures = (
        ("-", "-", "-") if area is None else (f"{area.auc:.3f}", f"{area.low:.2f}-{area.high:.2f}", _two(area.upper))
    )
    sides = (str(area.n_gold), str(area.n_open)) if area else ("-", "-")
    return (attack.channel, attack.name, *figures, f"{attack.limit:.2f}", *sides, str(finding.verdict))


def _notes(finding: Finding) -> list[str]:
    notes = [finding.why] if finding.why else []
    if finding.verdict == "failed" and finding.attack.strongest:
        best = "; ".join(f"{name} {auc:.2f}" for name, auc in finding.attack.strongest[:3])
        notes.append(f"single figures: {best}")
    return notes


def _two(value: float) -> str:
    return f"{value:.3f}"
