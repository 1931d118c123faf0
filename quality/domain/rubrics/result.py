from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from quality.domain.answers import Answer

ABSTAINED = "abstained"


@dataclass(frozen=True)
class RubricResult:
    """`score` in 0-1; None where there is nothing to grade (an abstention). `details` is JSON."""

    score: float | None
    details: dict[str, Any] = field(default_factory=dict)


class Rubric(Protocol):
    def __call__(
        self,
        answer: Answer,
        truth: Answer,
        *,
        known_region: Mapping[str, Any] | None = None,
        size: tuple[int, int],
    ) -> RubricResult:
        """Grade `answer` against `truth`, both of one picture of `size` (h, w).

        `known_region` `{"boxes": [[x1, y1, x2, y2]]}` says where the truth is known (None = everywhere): what an answer
        says elsewhere is neither graded nor lost.
        """
        ...
