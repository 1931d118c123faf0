from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from quality.domain.answers import Answer

UNEDITED = 0.01  # distance up to which a proposal was taken as it was
LEAST_HARM = 0.1  # of the rubric's score, for a planted error to be one


class ProposalKind(Protocol):
    def perturb(
        self, draft: Answer, *, labels: Sequence[str], size: tuple[int, int], rng: np.random.Generator
    ) -> dict[str, Any] | None:
        """`draft` with an error that somebody who looks will see; None where there is none to make.

        `labels`: keys of the project; `size` (h, w) px of the picture. The draft is left alone.
        """
        ...

    def distance(self, proposal: Answer, answer: Answer, *, size: tuple[int, int]) -> float:
        """How far an answer is from a proposal, 0 (the same) to 1 (nothing of it left; an abstention)."""
        ...


def corrected(*, draft: float, proposal: float, answer: float) -> bool | None:
    """Whether an answer undid at least half of a planted error, from rubric scores (0-1) against the truth.

    None where the error did no harm: the draft was wrong already, or hardly became worse.

    >>> corrected(draft=1.0, proposal=0.0, answer=1.0), corrected(draft=0.0, proposal=0.0, answer=1.0)
    (True, None)
    """
    if draft - proposal < LEAST_HARM:
        return None
    return answer >= (draft + proposal) / 2
