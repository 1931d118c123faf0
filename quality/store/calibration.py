"""Whether a project's labels are as good as they say, and which of them may be released.

Checked on two kinds of tasks: gold, fused as if nobody knew its answer (what its own answers taught of their people is
taken out first), and held-back truths, whose tasks live as open ones and teach nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import chain
from typing import Any

import numpy as np

from quality.domain.answers import Answer
from quality.domain.calibration import calibration, release
from quality.domain.rubrics import RUBRICS
from quality.store.fusing import Weighing, counted_votes, lessons_of
from quality.store.models import Consensus, GoldTruth, TaskState
from quality.store.policies import policy_of
from quality.store.truths import open_states
from webapp.projects.models import Project

MOST_GOLD = {"class": 5_000, "box": 2_000, "mask": 600}  # drawn at random where there is more
SURE = 0.9  # truths less sure than this check nothing
_SEED = 0
_BINS = 10


def calibration_of(project: Project) -> dict[str, Any]:
    """{"target", "open": {"n", "released", "histogram"}, "gold", "held": {"calibration", "release", "of"} or None}.

    `target`: 1 - the project's goal for the expected error. `of`: tasks with such a truth and answers; `calibration` as
    `domain.calibration.Calibration`; `release`: {"checked", "good", "share", "low", "high"} of those that the estimate
    would release, how many truly reach the target (class: are right). `histogram`: open labels by tenth of quality.
    """
    target = 1 - policy_of(project).risk_goal
    return {
        "target": target,
        "open": _open(project, target),
        "gold": _check(project.kind, _gold(project), target),
        "held": _check(project.kind, _held(project), target),
    }


def quality_of(kind: str, probabilities: Mapping[str, Any], uncertainty: float) -> float:
    """What the crowd expects of its own label, 0-1: class P(label), box expected F1, mask expected Dice x P(right)."""
    return max(probabilities.values(), default=0.0) if kind == "class" else 1 - uncertainty


def _open(project: Project, target: float) -> dict[str, Any]:
    kept = open_states(project).exclude(state=TaskState.State.RETIRED).values("task")
    rows = Consensus.objects.filter(task__in=kept, source=Consensus.Source.CROWD)
    found = [quality_of(project.kind, *row) for row in rows.values_list("probabilities", "uncertainty")]
    counts, _ = np.histogram(found, bins=_BINS, range=(0, 1))
    return {"n": len(found), "released": sum(release(found, target=target).is_released), "histogram": counts.tolist()}


def _gold(project: Project) -> list[tuple[float, float]]:
    truths = _truths(project, GoldTruth.State.APPROVED)
    chosen = np.random.default_rng(_SEED).permutation(sorted(truths, key=str))[: MOST_GOLD[project.kind]]
    votes = counted_votes(chosen.tolist())
    weighing = Weighing.load(project, chain.from_iterable(votes.values()))
    lessons = lessons_of(votes)
    pairs = []
    for task, given in votes.items():
        truth = truths[task]
        size = truth.task.image.height, truth.task.image.width
        fused = weighing.without(lessons.get(task, {})).fuse(given, size=size)
        if fused is not None:
            estimated = quality_of(project.kind, fused.probabilities, fused.uncertainty)
            pairs.append((estimated, _realised(project.kind, fused.answer, truth)))
    return pairs


def _held(project: Project) -> list[tuple[float, float]]:
    truths = _truths(project, GoldTruth.State.HELD)
    rows = Consensus.objects.filter(project=project, source=Consensus.Source.CROWD, task__in=truths)
    columns = rows.values_list("task_id", "answer", "probabilities", "uncertainty")
    return [
        (quality_of(project.kind, probabilities, uncertainty), _realised(project.kind, answer, truths[task]))
        for task, answer, probabilities, uncertainty in columns
    ]


def _truths(project: Project, state: str) -> dict[Any, GoldTruth]:
    found = GoldTruth.objects.filter(project=project, state=state, probability__gte=SURE)
    return {truth.task_id: truth for truth in found.select_related("task__image")}


def _realised(kind: str, answer: Answer, truth: GoldTruth) -> float:
    """Class: right or not; box: the rubric's F1; mask: Dice."""
    size = truth.task.image.height, truth.task.image.width
    result = RUBRICS[kind](answer, truth.answer, known_region=truth.known_region, size=size)
    return float(result.details["dice"] if kind == "mask" else result.score or 0.0)


def _check(kind: str, pairs: Iterable[tuple[float, float]], target: float) -> dict[str, Any] | None:
    rows = np.array(list(pairs), dtype=np.float64).reshape(-1, 2)
    if len(rows) == 0:
        return None
    estimated, realised = rows.T
    found = release(estimated, target=target, realised=realised)
    rng, is_binary = np.random.default_rng(_SEED), kind == "class"
    return {
        "of": len(rows),
        "calibration": asdict(calibration(estimated, realised, rng=rng, is_binary=is_binary, bins=_BINS)),
        "release": {key: value for key, value in asdict(found).items() if key != "is_released"},
    }
