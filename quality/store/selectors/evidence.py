"""Why a task's label is what it is: what each vote did to it, and where in the picture people differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from quality.domain.agreement import box_likeness
from quality.domain.answers import boxes_of, mask_of
from quality.domain.consensus import Fused
from quality.domain.metrics import dice
from quality.store.models import TaskState
from quality.store.weighing import CountedVote, Weighing, counted_votes
from webapp.projects.models import Project

MOST_VOTES = 20  # of which each is left out in turn: an outline is fused in tens of milliseconds
MAPS = ("probability", "disagreement")

Map = NDArray[np.float32]


@dataclass(frozen=True)
class Influence:
    """`share` of all weight, 0-1. `change`: how much of the label goes without this vote: of a class its probability
    (negative where the vote spoke against it), of boxes and outlines 1 - their likeness (F1, Dice). `carries`: without
    it there would be another label (boxes and outlines: one that is less than .8 like this one)."""

    share: float
    change: float
    carries: bool


OTHER_LABEL = 0.2


def influences(project: Project, task_id: UUID) -> dict[UUID, Influence]:
    """Of each vote that counts, by annotation; under what is known of people today. Empty where there are too many."""
    found = _task(project, task_id)
    if found is None:
        return {}
    weighing, votes, size = found
    fused = weighing.fuse(votes, size=size)
    if fused is None or len(votes) > MOST_VOTES:
        return {}
    total = sum(abs(weight) for weight in fused.weights) or 1.0
    effects = {}
    for i, (vote, weight) in enumerate(zip(votes, fused.weights, strict=True)):
        rest = weighing.fuse([*votes[:i], *votes[i + 1 :]], size=size)
        effects[vote.annotation] = _influence(project.kind, fused, rest, abs(weight) / total, size)
    return effects


def maps(project: Project, task_id: UUID) -> dict[str, Map] | None:
    """ "probability" that a pixel belongs to the label (boxes: to any object) and "disagreement", 0 where all who count
    say the same to 1 where their weight is split in half: float32[h, w] in pixels of the served picture. None where
    there is nothing to draw."""
    found = _task(project, task_id)
    if found is None or project.kind == Project.Kind.CLASS:
        return None
    weighing, votes, size = found
    fused = weighing.fuse(votes, size=size)
    if fused is None:
        return None
    if fused.probability_map is not None and fused.disagreement_map is not None:
        return {"probability": fused.probability_map, "disagreement": fused.disagreement_map}
    share = _covered(votes, fused.weights, size)
    return {"probability": share, "disagreement": 4 * share * (1 - share)}


def _task(project: Project, task_id: UUID) -> tuple[Weighing, list[CountedVote], tuple[int, int]] | None:
    state = TaskState.objects.select_related("task__image").filter(project=project, task=task_id).first()
    if state is None:
        return None
    votes = counted_votes([task_id])[task_id]
    return Weighing.load(project, votes), votes, (state.task.image.height, state.task.image.width)


def _influence(kind: str, fused: Fused, rest: Fused | None, share: float, size: tuple[int, int]) -> Influence:
    if rest is None:
        return Influence(share, 1.0, True)
    if kind == Project.Kind.CLASS:
        best = max(fused.probabilities, key=lambda key: fused.probabilities[key])
        change = fused.probabilities[best] - rest.probabilities.get(best, 0.0)
        return Influence(share, change, fused.answer != rest.answer)
    if kind == Project.Kind.BOX:
        likeness = box_likeness(boxes_of(fused.answer), boxes_of(rest.answer))
    else:
        likeness = dice(mask_of(fused.answer, size=size), mask_of(rest.answer, size=size))
    return Influence(share, 1 - likeness, 1 - likeness > OTHER_LABEL)


def _covered(votes: Sequence[CountedVote], weights: Sequence[float], size: tuple[int, int]) -> Map:
    """The share of all weight whose boxes cover a pixel."""
    share = np.zeros(size, dtype=np.float32)
    for vote, weight in zip(votes, weights, strict=True):
        if vote.answer["kind"] == "box":
            covered = np.zeros(size, dtype=bool)
            for x1, y1, x2, y2 in boxes_of(vote.answer)[0].round().astype(int):
                covered[max(y1, 0) : y2, max(x1, 0) : x2] = True
            share += np.float32(weight) * covered
    return share / np.float32(max(sum(weights), 1e-9))
