from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import Answer, is_abstention
from quality.domain.reliability import Reliability

# Of someone without a single graded answer.
UNKNOWN = Reliability(mean=0.75, low=0.35, high=0.98, n=0)
LAZY = 0.3  # how often a crowd accepts a proposal unlooked at, before anything shows it


@dataclass(frozen=True)
class Vote:
    """`proposal`: which prefilled answer this one started from, if any; `edit`: how far it moved away from it, 0
    (accepted as it was) to 1. `prompted`: they asked for it by pointing at something, so that there is something at
    all is their own word."""

    annotator: Hashable
    answer: Answer
    proposal: Hashable | None = None
    edit: float | None = None
    prompted: bool = False


@dataclass(frozen=True)
class Fused:
    """A task's consensus.

    `uncertainty` is the expected error on a scale that is the same for every kind: 0 = sure, 1 = no better than a
    guess. `weights`: one per vote, in the votes' order; 0 for abstentions. `probabilities`, JSON: class {label: p}
    (with "(nothing)" where somebody said so); box {"objects": [{"p", "support"}], "nothing"}; mask {"expected_dice",
    "right", "nothing"}. Mask kind only, float32[h, w]: `probability_map`; `disagreement_map`, 0 where all who count
    say the same to 1 where their weight is split in half.
    """

    answer: dict[str, Any]
    probabilities: dict[str, Any]
    uncertainty: float
    weights: list[float]
    method: str
    probability_map: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    disagreement_map: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)


class Fuser(Protocol):
    def __call__(
        self,
        votes: Sequence[Vote],
        reliabilities: Mapping[Hashable, Reliability],
        *,
        labels: Sequence[str],
        prior: Mapping[str, float] | None = None,
        size: tuple[int, int],
        lazy: float = LAZY,
    ) -> Fused:
        """Fuse the votes of one task on a picture of `size` (h, w).

        `labels`: the project's keys; `prior`: how common each is among open tasks (None = alike). `lazy`: how often
        the crowd accepts a proposal unlooked at, 0-1 (`assist`). Annotators without an entry in `reliabilities` count
        as unknown. "Cannot tell" is no vote; without any vote: ValueError.
        """
        ...


def evidence_of(person: Reliability) -> float:
    """How many answers' worth the sums of a state hold; old answers fade."""
    return float(person.state.get("worth", person.n))


def spoken(votes: Sequence[Vote]) -> list[int]:
    """Indices of the votes that say something."""
    indices = [i for i, vote in enumerate(votes) if not is_abstention(vote.answer)]
    if not indices:
        raise ValueError("There is no vote to fuse: nobody has answered, or nobody could tell.")
    return indices


def spread_weights(n_votes: int, indices: Sequence[int], weights: Sequence[float]) -> list[float]:
    """Weights of the votes at `indices`, 0 elsewhere."""
    spread = [0.0] * n_votes
    for index, weight in zip(indices, weights, strict=True):
        spread[index] = round(float(weight), 4)
    return spread
