"""Class answers: right or wrong. "Nothing" is a class of its own; "cannot tell" is neither right nor wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quality.domain.answers import Answer, class_key, is_abstention
from quality.domain.rubrics.result import ABSTAINED, RubricResult


def grade(
    answer: Answer, truth: Answer, *, known_region: Mapping[str, Any] | None = None, size: tuple[int, int]
) -> RubricResult:
    """1 for the true label, 0 for another; details hold both keys."""
    true_key = class_key(truth)
    if is_abstention(answer):
        return RubricResult(None, {"truth": true_key, ABSTAINED: True})
    said = class_key(answer)
    return RubricResult(float(said == true_key), {"truth": true_key, "said": said})
