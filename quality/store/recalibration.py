"""A project's recalibration: learnt from its gold, applied to all its labels alike (I3).

Whenever a gold task is fused, its truth keeps what the crowd expected of the label and what the label was. From these
pairs the recalibration is worked out every now and then; where it moved, all labels are fused again.
"""

from dataclasses import asdict

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from quality.domain.answers import Answer
from quality.domain.recalibration import Recalibration, realised_quality
from quality.domain.scoring import KnownAnswer
from quality.store.models import GoldPolicy, GoldTruth, TaskState
from quality.store.policies import policy_of
from webapp.projects.models import Project

MOST_PAIRS = 2_000  # any, since ids are random, but always the same ones
SURE = 0.9  # truths less sure than this check nothing
MATERIAL = 0.2  # of the expected error: a change smaller than this is not worth fusing everything again
_LOOKED_AT = (0.7, 0.8, 0.9, 0.95, 0.98)  # expected quality, before


def recalibration_of(project: Project) -> Recalibration:
    return Recalibration(**policy_of(project).recalibration)


def realised_by(truth: GoldTruth, kind: str, answer: Answer, *, size: tuple[int, int]) -> float | None:
    """Quality of a label on a picture of `size` (h, w) against its truth, 0-1; None where that does not fit."""
    try:
        return realised_quality(kind, answer, KnownAnswer(truth.answer, truth.known_region), size=size)
    except ValueError:
        return None


def gold_pairs(project: Project) -> NDArray[np.float64]:
    """(expected, realised) quality of gold tasks, float[n, 2]; the former before any recalibration."""
    known = GoldTruth.objects.filter(
        project=project, state=GoldTruth.State.APPROVED, probability__gte=SURE, realised__isnull=False
    )
    pairs = known.order_by("-task").values_list("expected", "realised")[:MOST_PAIRS]
    return np.array(list(pairs), dtype=np.float64).reshape(-1, 2)


def recalibrate(project: Project) -> bool:
    """Work the recalibration out again; True where it moved and all labels are to be fused anew."""
    learnt = Recalibration.fit(*gold_pairs(project).T)
    before = recalibration_of(project)
    if not _has_moved(before, learnt):
        return False
    GoldPolicy.objects.filter(project=project).update(recalibration=asdict(learnt))
    TaskState.objects.filter(project=project, counted__gt=0).update(stale=F("stale") + 1)
    return True


def _has_moved(before: Recalibration, after: Recalibration) -> bool:
    changes = ((before.apply(e), after.apply(e)) for e in _LOOKED_AT)
    return any(abs(new - old) > MATERIAL * (1 - old) for old, new in changes)
