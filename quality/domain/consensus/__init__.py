"""The fused label of one task from its votes and what is known of those who gave them.

    fused = FUSERS["class"](votes, reliabilities, labels=["cat", "dog"], prior={"cat": .7, "dog": .3}, size=(512, 512))
    fused.answer, fused.probabilities, fused.uncertainty, fused.weights

One task at a time, from gold-informed reliabilities, in milliseconds: what the site refreshes after every answer.
`quality.domain.aggregation` fuses whole data sets and learns from the open tasks too. A fuser is a file here and a line
in `FUSERS`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from quality.domain.consensus import box, class_, mask
from quality.domain.consensus.base import LAZY, Fused, Fuser, Vote
from quality.domain.reliability import Reliability

FUSERS: dict[str, Fuser] = {"class": class_.fuse, "box": box.fuse, "mask": mask.fuse}


def fuse(
    kind: str,
    votes: Sequence[Vote],
    reliabilities: Mapping[Hashable, Reliability],
    *,
    labels: Sequence[str],
    prior: Mapping[str, float] | None,
    size: tuple[int, int],
    lazy: float = LAZY,
) -> Fused | None:
    """By the fuser of `kind`, see `Fuser`; None where nobody has answered or nobody could tell."""
    try:
        return FUSERS[kind](votes, reliabilities, labels=labels, prior=prior, size=size, lazy=lazy)
    except ValueError:
        return None


__all__ = ["FUSERS", "LAZY", "Fused", "Fuser", "Vote", "fuse"]
