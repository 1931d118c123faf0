"""The fused label of one task from its votes and what is known of those who gave them.

    fused = FUSERS["class"](votes, reliabilities, labels=["cat", "dog"], prior={"cat": .7, "dog": .3}, size=(512, 512))
    fused.answer, fused.probabilities, fused.uncertainty, fused.weights

One task at a time, from gold-informed reliabilities, in milliseconds: what the site refreshes after every answer.
`quality.domain.aggregation` fuses whole data sets and learns from the open tasks too. A fuser is a file here and a line
in `FUSERS`.
"""

from quality.domain.consensus import box, class_, mask
from quality.domain.consensus.base import Fused, Fuser, Vote

FUSERS: dict[str, Fuser] = {"class": class_.fuse, "box": box.fuse, "mask": mask.fuse}

__all__ = ["FUSERS", "Fused", "Fuser", "Vote"]
