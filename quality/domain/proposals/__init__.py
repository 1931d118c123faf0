"""Proposals: prefilled answers, some of them wrong on purpose, and what keeping or changing them tells.

    kind = PROPOSALS["class"]
    kind.perturb(draft, labels=["cat", "dog"], size=(512, 512), rng=rng)   # the draft with an error planted in it
    kind.distance(proposal, answer, size=(512, 512))                       # 0 = taken as it was, 1 = nothing of it left
    draw_arms(rng, has_draft=[True, False, True], shares=Shares(0.3, 0.25, 0.1))
    corrected(draft=1.0, proposal=0.0, answer=1.0)

The one source is a draft that people without a proposal agreed on, the one error distribution is `perturb`: neither is
told whether the truth of a task is known (docs/adr/0017). A kind of question is a file here and a line in `PROPOSALS`.
"""

from quality.domain.proposals.arms import HIGHEST_SHARE, Arm, Shares, draw_arms
from quality.domain.proposals.base import UNEDITED, ProposalKind, corrected
from quality.domain.proposals.box import BoxProposals
from quality.domain.proposals.class_ import ClassProposals
from quality.domain.proposals.mask import MaskProposals

PROPOSALS: dict[str, ProposalKind] = {"class": ClassProposals(), "box": BoxProposals(), "mask": MaskProposals()}

__all__ = ["HIGHEST_SHARE", "PROPOSALS", "UNEDITED", "Arm", "ProposalKind", "Shares", "corrected", "draw_arms"]
