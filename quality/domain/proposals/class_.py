"""Class proposals: another label, each as likely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from quality.domain.answers import Answer, class_answer, class_key, is_abstention


class ClassProposals:
    """>>> ClassProposals().distance(class_answer("cat"), class_answer("dog"), size=(64, 64))
    1.0
    """

    def perturb(
        self, draft: Answer, *, labels: Sequence[str], size: tuple[int, int], rng: np.random.Generator
    ) -> dict[str, Any] | None:
        others = [label for label in labels if label != class_key(draft)]
        return class_answer(str(rng.choice(others))) if others else None

    def distance(self, proposal: Answer, answer: Answer, *, size: tuple[int, int]) -> float:
        return 1.0 if is_abstention(answer) else float(class_key(proposal) != class_key(answer))
