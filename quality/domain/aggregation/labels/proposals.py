"""What votes count for that accepted a prefilled label (`quality.domain.consensus.assist`), for a whole data set.

How often somebody accepts unlooked at is learnt from gold, tasks on which a wrong label was proposed to them, and how
often the crowd does from those who answered the same tasks without a proposal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from quality.domain.consensus.assist import Beside, beside, independence
from quality.domain.consensus.base import Vote
from quality.domain.reliability import Reliability


class ProposedVote(Protocol):
    @property
    def task(self) -> str: ...
    @property
    def worker(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def proposal(self) -> str:
        """The prefilled label, "" for none."""
        ...


def proposal_weights(votes: Sequence[ProposedVote], gold: Mapping[str, str]) -> list[float] | None:
    """One weight a vote, float in (0, 1]; None where nobody was shown a proposal."""
    if not any(vote.proposal for vote in votes):
        return None
    people = _people(votes, gold)
    by_task: dict[str, list[int]] = defaultdict(list)
    for i, vote in enumerate(votes):
        by_task[vote.task].append(i)
    shown = _beside_others(votes, by_task.values())
    weights = np.ones(len(votes))
    for members in by_task.values():
        leaning = [_as_vote(votes[i]) for i in members]
        weights[members] = independence(leaning, people, shown=shown)
    return [float(weight) for weight in weights]


def _beside_others(votes: Sequence[ProposedVote], tasks: Iterable[Sequence[int]]) -> Beside:
    accepted, alike = [], []
    for members in tasks:
        unaided = [votes[i].label for i in members if not votes[i].proposal]
        for vote in (votes[i] for i in members if votes[i].proposal and unaided):
            accepted.append(float(vote.label == vote.proposal))
            alike.append(unaided.count(vote.proposal) / len(unaided))
    return beside(accepted, alike)


def _as_vote(vote: ProposedVote) -> Vote:
    is_accepted = vote.proposal == vote.label
    return Vote(vote.worker, {}, proposal=vote.proposal or None, edit=0.0 if is_accepted else 1.0)


def _people(votes: Sequence[ProposedVote], gold: Mapping[str, str]) -> dict[Hashable, Reliability]:
    planted: dict[str, dict[str, int]] = defaultdict(lambda: {"shown": 0, "kept": 0})
    for vote in votes:
        if vote.proposal and gold.get(vote.task, vote.proposal) != vote.proposal:
            planted[vote.worker]["shown"] += 1
            planted[vote.worker]["kept"] += vote.label == vote.proposal
    return {worker: Reliability(0.5, 0.0, 1.0, 0, state={"planted": counts}) for worker, counts in planted.items()}
