"""Whether a project's labels are as good as they say, and which of them may be released.

Checked on two kinds of tasks: gold, fused as if nobody knew its answer (what its own answers taught of their people and
of the recalibration is taken out first), and held-back truths, whose tasks live as open ones and teach nothing.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.calibration import calibration, release
from quality.domain.recalibration import Recalibration, expected_quality
from quality.store.models import Consensus, GoldTruth, TaskState
from quality.store.policies import policy_of
from quality.store.recalibration import SURE, gold_pairs, realised_by
from quality.store.truths import open_states
from webapp.projects.models import Project

_SEED = 0
_FOLDS = 10
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


def _open(project: Project, target: float) -> dict[str, Any]:
    kept = open_states(project).exclude(state=TaskState.State.RETIRED).values("task")
    rows = Consensus.objects.filter(task__in=kept, source=Consensus.Source.CROWD)
    found = [expected_quality(project.kind, *row) for row in rows.values_list("probabilities", "uncertainty")]
    counts, _ = np.histogram(found, bins=_BINS, range=(0, 1))
    return {"n": len(found), "released": sum(release(found, target=target).is_released), "histogram": counts.tolist()}


def _gold(project: Project) -> NDArray[np.float64]:
    """What would have been expected of each gold task by a recalibration learnt from the others (cross-validation)."""
    pairs = gold_pairs(project)
    found = pairs.copy()
    fold = np.random.default_rng(_SEED).permutation(len(pairs)) % _FOLDS
    for k in range(_FOLDS):
        learnt = Recalibration.fit(*pairs[fold != k].T)
        found[fold == k, 0] = [learnt.apply(expected) for expected in pairs[fold == k, 0]]
    return found


def _held(project: Project) -> NDArray[np.float64]:
    held = GoldTruth.objects.filter(project=project, state=GoldTruth.State.HELD, probability__gte=SURE)
    truths = {truth.task_id: truth for truth in held.select_related("task__image")}
    rows = Consensus.objects.filter(project=project, source=Consensus.Source.CROWD, task__in=truths)
    found = []
    for task_id, answer, *sure in rows.values_list("task_id", "answer", "probabilities", "uncertainty"):
        image = truths[task_id].task.image
        realised = realised_by(truths[task_id], project.kind, answer, size=(image.height, image.width))
        if realised is not None:
            found.append((expected_quality(project.kind, *sure), realised))
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _check(kind: str, pairs: NDArray[np.float64], target: float) -> dict[str, Any] | None:
    """`pairs`: (estimated, realised) quality, float[n, 2]."""
    if len(pairs) == 0:
        return None
    estimated, realised = pairs.T
    found = release(estimated, target=target, realised=realised)
    rng, is_binary = np.random.default_rng(_SEED), kind == "class"
    return {
        "of": len(pairs),
        "calibration": asdict(calibration(estimated, realised, rng=rng, is_binary=is_binary, bins=_BINS)),
        "release": {key: value for key, value in asdict(found).items() if key != "is_released"},
    }
