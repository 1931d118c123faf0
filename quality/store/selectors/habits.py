"""How somebody works: how long they take, and what they do with prefilled answers, some of which are wrong on purpose.

None of this bars anybody from playing: it is shown to people who decide (I12).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import OuterRef, Q, Subquery
from numpy.typing import NDArray
from scipy.stats import binom

from quality.domain.proposals import UNEDITED, Arm
from quality.domain.reliability import Quantity
from quality.domain.reliability.proportion import single
from quality.store.models import Grade, Proposal
from quality.store.proposals import ASSIST
from webapp.annotations.models import Annotation
from webapp.projects.models import Project


@dataclass(frozen=True)
class Habits:
    """Shares lie in 0-1; all intervals are 90 %; None where there is nothing to go by.

    `seconds`: median time on task, with answers that started from a proposal (`seconds_proposed`) and those that did
    not (`seconds_alone`) apart too. `unedited`: share of proposals sent back as they were, of those that were right as
    far as the site knows and those that were not. `corrected`: share of planted errors put right, on tasks whose answer
    is known; somebody who takes whatever is filled in (a rubber stamp) corrects none.
    """

    answers: int
    seconds: Quantity | None
    seconds_proposed: Quantity | None
    seconds_alone: Quantity | None
    unedited: Quantity | None
    corrected: Quantity | None


def habits_of(project: Project, annotator: UUID) -> Habits:
    """The habits of the person with the id `annotator` in a project."""
    given = Annotation.objects.filter(task__project=project, annotator=annotator)
    timed = given.exclude(client_ms=None).annotate(is_alone=Q(assignment__proposal__isnull=True))
    times = list(timed.values_list("client_ms", "is_alone"))
    seconds = np.array([(milliseconds or 0) / 1000 for milliseconds, _ in times])
    alone = np.array([is_alone for _, is_alone in times], dtype=bool)
    graded = Grade.objects.filter(annotator=annotator, task__project=project)
    dealt = graded.filter(annotation__assignment__in=Proposal.objects.values("pk"))
    unedited = [
        name != ASSIST and edit is not None and edit <= UNEDITED for name, edit in dealt.values_list("proposal", "edit")
    ]
    kept = list(dealt.filter(details__has_key="kept_planted").values_list("details__kept_planted", flat=True))
    return Habits(
        answers=given.count(),
        seconds=_median(seconds),
        seconds_proposed=_median(seconds[~alone]),
        seconds_alone=_median(seconds[alone]),
        unedited=_share(unedited),
        corrected=_share([not is_kept for is_kept in kept]),
    )


@dataclass(frozen=True)
class ArmFigures:
    """How people did in one arm: "plain" (no proposal), "unaided" (no help at all), "proposed" (a proposal that was not
    made wrong), "planted" (one that was). `score`: on known answers, 0-1; `seconds`: median. Intervals as above."""

    arm: str
    answers: int
    seconds: Quantity | None
    score: Quantity | None


def arms_of(project: Project) -> list[ArmFigures]:
    """The arms that a project has had answers in: what proposals and the assist do, beside those who had neither."""
    behind = Proposal.objects.filter(assignment=OuterRef("annotation__assignment")).values("planted")
    rows = (
        Grade.objects.filter(task__project=project)
        .annotate(planted=Subquery(behind))
        .values_list("annotation__assignment__unaided", "planted", "annotation__client_ms", "gold_score")
    )
    answers: dict[str, list[tuple[int | None, float | None]]] = {arm: [] for arm in Arm}
    for unaided, planted, milliseconds, score in rows:
        arm = Arm.PLANTED if planted else Arm.UNAIDED if unaided else Arm.PLAIN if planted is None else Arm.PROPOSED
        answers[arm].append((milliseconds, score))
    return [_figures(arm, given) for arm, given in answers.items() if given]


def _figures(arm: str, given: Sequence[tuple[int | None, float | None]]) -> ArmFigures:
    seconds = np.array([milliseconds / 1000 for milliseconds, _ in given if milliseconds is not None])
    scores = [score for _, score in given if score is not None]
    total, n = sum(scores), len(scores)
    score = single(total + 0.5, n - total + 0.5, n=n) if n else None
    return ArmFigures(str(arm), len(given), _median(seconds), score)


def _share(happened: Sequence[bool]) -> Quantity | None:
    """Posterior of a share under Jeffreys' prior."""
    n, hits = len(happened), sum(happened)
    return single(hits + 0.5, n - hits + 0.5, n=n) if n else None


def _median(values: NDArray[np.float64]) -> Quantity | None:
    """The median with its distribution-free interval, from order statistics."""
    n = values.size
    if not n:
        return None
    ordered = np.sort(values)
    rank = int(binom.ppf(0.05, n, 0.5))
    return Quantity(
        float(np.median(ordered)), float(ordered[max(rank - 1, 0)]), float(ordered[min(n - rank, n - 1)]), n
    )
