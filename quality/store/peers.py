"""What answers to open tasks tell of their authors: the consensus of the others, as soft truth.

When a task has its answers, each of them is held once against the consensus of the other people who answered it. The
score is kept with the grade, so that a person's state can be worked out again, and learnt from in the same transaction.
Gold tasks take no part: their answers are held against the truth. Nor do answers that began from a suggested one, which
agree with each other because of it; and nobody is their own witness, nor their copies and second accounts.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from quality.domain.answers import is_abstention
from quality.domain.rubrics import RubricResult
from quality.domain.scoring import peer_result
from quality.store.models import Grade
from quality.store.proposals import ASSIST
from quality.store.weighing import CountedVote, Weighing


def unheard(task_ids: Collection[UUID]) -> set[UUID]:
    """Answers to these tasks that count and were not yet held against the others."""
    waiting = Grade.objects.filter(task__in=task_ids, counted=True, annotator__isnull=False, peer_score__isnull=True)
    return set(waiting.filter(proposal__in=("", ASSIST)).values_list("annotation", flat=True))


def peer_results(
    votes: Sequence[CountedVote],
    asked: Collection[UUID],
    weighing: Weighing,
    alike: Mapping[UUID, Collection[UUID]],
    *,
    size: tuple[int, int],
) -> dict[UUID, RubricResult]:
    """What the others say of those `asked` among the answers to one task on a picture of `size` (h, w), by annotation;
    nothing of somebody who could not tell or has answered alone. `alike`: whose answers do not count as another's."""
    found = {}
    for vote in votes:
        if vote.annotation not in asked or vote.annotator is None or is_abstention(vote.answer):
            continue
        own = {vote.annotator, *alike.get(vote.annotator, ())}
        others = weighing.fuse_alone([other for other in votes if other.annotator not in own], size=size)
        result = peer_result(vote.answer, others, kind=weighing.project.kind, size=size)
        if result is not None:
            found[vote.annotation] = result
    return found
