"""What a round pays: quality, neither speed nor volume.

Each answer is worth its score against the other people's consensus (never with the answer's own vote in it), or
against what a moderator said. Where there is no evidence it pays what this project's people score on average, so that
playing where nobody has been yet neither costs nor gains.

Gold pays in the same way, its truth left out (I4): where the crowd is right about it, that makes no difference, and
where the crowd is wrong, any difference would tell somebody who answers wrongly on purpose which task was gold. What
gold teaches about people comes in through the weights of their votes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quality.domain.answers import Answer, class_key, is_abstention
from quality.domain.consensus import Fused
from quality.domain.consensus.base import UNKNOWN
from quality.domain.rubrics import RUBRICS, RubricResult

STEP = 5  # public figures come in fives (I4)
# An honest "can't tell" is worth something everywhere and most where the crowd itself is at a loss.
_ABSTENTION_SURE = 0.4
_ABSTENTION_UNSURE = 0.9


@dataclass(frozen=True)
class KnownAnswer:
    """What a moderator said, and where it is known (None = everywhere)."""

    answer: Answer
    known_region: Mapping[str, Any] | None = None


Evidence = KnownAnswer | Fused | None


def score_answer(answer: Answer, *, kind: str, evidence: Evidence, expected: float, size: tuple[int, int]) -> float:
    """Expected rubric score of an answer, 0-1.

    `kind`: the project's; `evidence`: what a moderator said, the consensus of the OTHER people, or None; `expected`:
    the mean score in this project; `size` (h, w) of the picture.
    """
    if is_abstention(answer):
        doubt = evidence.uncertainty if isinstance(evidence, Fused) else 0.0 if evidence else 0.5
        return expected * (_ABSTENTION_SURE + (_ABSTENTION_UNSURE - _ABSTENTION_SURE) * doubt)
    if evidence is None:
        return expected
    if isinstance(evidence, KnownAnswer):
        return _against(answer, evidence, kind, expected, size)
    score = None if kind == "class" else RUBRICS[kind](answer, evidence.answer, size=size).score
    return _softened(answer, score, evidence, kind, expected)


def peer_result(answer: Answer, others: Fused | None, *, kind: str, size: tuple[int, int]) -> RubricResult | None:
    """What the consensus of the others says of an answer to an open task on a picture of `size` (h, w): the soft truth
    that its author is known by (`reliability.peers`). None without others or for "can't tell"."""
    if others is None or is_abstention(answer):
        return None
    graded = RUBRICS[kind](answer, others.answer, size=size)
    return RubricResult(_softened(answer, graded.score, others, kind, UNKNOWN.mean), graded.details)


def _softened(answer: Answer, score: float | None, others: Fused, kind: str, expected: float) -> float:
    """A score against a consensus that is not sure of itself."""
    if kind == "class":
        # The posterior already says how likely this very label is.
        return float(others.probabilities.get(class_key(answer), 0.0))
    known = expected if score is None else score
    return (1 - others.uncertainty) * known + others.uncertainty * expected


def _against(answer: Answer, known: KnownAnswer, kind: str, expected: float, size: tuple[int, int]) -> float:
    result = RUBRICS[kind](answer, known.answer, known_region=known.known_region, size=size)
    return expected if result.score is None else result.score


@dataclass(frozen=True)
class RoundScore:
    score: int
    points: int


def score_round(scores: Sequence[float]) -> RoundScore:
    """Scores of a round's answers (0-1) -> score 0-100 and points, both in fives.

    Points grow with the square of the score: one round at 90 pays more than three at 50, so care beats repetition. The
    number of answers does not matter.

    >>> score_round([1.0] * 8 + [0.0] * 2)
    RoundScore(score=80, points=65)
    """
    if not scores:
        raise ValueError("A round without answers has no score.")
    mean = sum(scores) / len(scores)
    return RoundScore(score=_to_step(100 * mean), points=_to_step(100 * mean * mean))


def _to_step(value: float) -> int:
    return min(100, max(0, STEP * int(value / STEP + 0.5)))
