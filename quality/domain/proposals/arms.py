"""Who is asked how: a random draw for every place, told nothing of the task but whether there is a draft of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

HIGHEST_SHARE = 0.3  # of all that is dealt
_HIGHEST_CHANCE = 0.8  # of one place: a draft is never sure to be shown


class Arm(StrEnum):
    """`PLAIN`: no proposal; `UNAIDED`: no help at all, not even the assist; `PLANTED`: a proposal made wrong."""

    PLAIN = "plain"
    UNAIDED = "unaided"
    PROPOSED = "proposed"
    PLANTED = "planted"

    @property
    def is_proposed(self) -> bool:
        return self in (Arm.PROPOSED, Arm.PLANTED)


@dataclass(frozen=True)
class Shares:
    """Of all that is dealt: `proposed` (0-.3) and `unaided`; `planted`: of the proposed."""

    proposed: float = 0.0
    planted: float = 0.0
    unaided: float = 0.0


def draw_arms(rng: np.random.Generator, *, has_draft: Sequence[bool], shares: Shares) -> list[Arm]:
    """An arm for each place. Expected proposals are at most `shares.proposed` of the places; less where drafts lack.

    Places with a draft share evenly what the others cannot have, up to a chance of .8 each.
    """
    proposed = min(shares.proposed, HIGHEST_SHARE)
    aided = sum(has_draft) * (1 - shares.unaided)
    chance = min(_HIGHEST_CHANCE, proposed * len(has_draft) / aided) if aided > 0 else 0.0
    arms = []
    for drafted in has_draft:
        unaided, shown, planted = rng.random(3) < (shares.unaided, chance, shares.planted)
        if unaided:
            arms.append(Arm.UNAIDED)
        elif drafted and shown:
            arms.append(Arm.PLANTED if planted else Arm.PROPOSED)
        else:
            arms.append(Arm.PLAIN)
    return arms
