"""What came out, by kind: what people were, and what the site made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from quality.audit.crowd.player import Played
from quality.domain.reliability import Reliability


@dataclass(frozen=True)
class Row:
    """Means over the people of a kind; None where there is nothing to average.

    `assisted`: answers that took the assist's outline as it was; `kept`: of the `filled` in, those left as they were.
    `true_score`: mean rubric score of their answers against the truth, 0-1; `reliability`, `low`, `high`: as the site
    estimates it from gold; `inside`: share of people whose true score lies in their 90 % interval.
    """

    kind: str
    people: int
    answers: int
    unknown: int
    assisted: int
    filled: int
    kept: int
    rounds: int
    round_score: float | None
    true_score: float | None
    reliability: float | None
    low: float | None
    high: float | None
    n_gold: int
    inside: float | None


def by_kind(played: Sequence[Played], known: Mapping[str, Reliability]) -> list[Row]:
    """`known`: reliability by pseudonym."""
    kinds = list(dict.fromkeys(person.kind for person in played))
    return [_row(kind, [person for person in played if person.kind == kind], known) for kind in kinds]


def _row(kind: str, people: Sequence[Played], known: Mapping[str, Reliability]) -> Row:
    shown = [score for person in people for score in person.rounds.values() if score is not None]
    rated = [(person, known[person.pseudonym]) for person in people if person.pseudonym in known]
    measured = [(_mean(person.scores), found) for person, found in rated]
    inside = [float(found.low <= true <= found.high) for true, found in measured if true is not None]
    return Row(
        kind=kind,
        people=len(people),
        answers=sum(person.answers for person in people),
        unknown=sum(person.unknown for person in people),
        assisted=sum(person.assisted for person in people),
        filled=sum(person.filled for person in people),
        kept=sum(person.kept for person in people),
        rounds=sum(len(person.rounds) for person in people),
        round_score=_mean([float(score) for score in shown]),
        true_score=_mean([score for person in people for score in person.scores]),
        reliability=_mean([found.mean for _, found in rated]),
        low=_mean([found.low for _, found in rated]),
        high=_mean([found.high for _, found in rated]),
        n_gold=sum(found.n for _, found in rated),
        inside=_mean(inside),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [asdict(row) for row in rows]


_HEADS = (
    "kind",
    "people",
    "answers",
    "assisted",
    "filled in",
    "kept",
    "rounds",
    "round score",
    "true",
    "estimated",
    "90 % interval",
    "gold",
)


def as_table(rows: Sequence[Row]) -> str:
    """Aligned columns for a terminal."""
    cells: list[tuple[str, ...]] = [_HEADS]
    for row in rows:
        interval = "-" if row.low is None else f"{row.low:.2f}-{row.high:.2f}"
        numbers = (row.people, row.answers, row.assisted, row.filled, row.kept, row.rounds)
        figures = (_figure(row.round_score, 0), _figure(row.true_score, 2), _figure(row.reliability, 2), interval)
        cells.append((row.kind, *(str(number) for number in numbers), *figures, str(row.n_gold)))
    widths = [max(len(line[i]) for line in cells) for i in range(len(_HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    )


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
