"""All that is known of how one person answers in a project."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count

from quality.domain.learning import Point, learning_curve
from quality.domain.reliability import Prior, Quantity
from quality.domain.reliability.class_ import ClassEstimator, Confusion
from quality.domain.reliability.drift import THRESHOLD
from quality.domain.reliability.scored import changes_of
from quality.store.agreement import with_peers
from quality.store.models import Grade, ReliabilitySnapshot, TaskState
from quality.store.reliability import estimator_of
from quality.store.selectors.habits import Habits, habits_of
from quality.store.selectors.people import Annotator, annotator
from quality.store.truths import gold_states
from webapp.projects.models import Project
from webapp.tasks.models import Assignment

PRIOR_FOR = 300.0  # seconds that what a project's people have in common is kept
PRIOR_FROM = 500  # of them, whom it is known well enough from; the fit over thousands takes a worker seconds
PHONE = 600  # a narrower canvas (CSS px) is taken for a phone's
ON_PHONE, ON_LARGER = "on a phone", "on a larger screen"
FEWEST_OTHERS = 3  # whose answers tell how hard a picture is
HARDER, EASIER = "harder for others", "easier for others"
ORIGINS = {"synthetic": "synthetic pictures", "expert": "expert-labelled pictures"}

_priors: dict[int, tuple[float, Prior]] = {}


@dataclass(frozen=True)
class Profile:
    """`quantities`: of the kind's own (class: right answers for each true label; box, mask: see their estimators).
    `confusion`: class only. `strata`: the score among parts of the gold, by what was asked, its origin, whether it came
    with a proposal, how hard it is for others, and the screen. `curve`: see `learning`. `changes`: how often they
    changed for the worse; `unrest`: how near the watch for such a change is to its alarm, 0-1. `peers`: likeness to the
    answers of others. `gold_seen`, `gold_left`: known answers met, and still to be met."""

    person: Annotator
    quantities: Mapping[str, Quantity]
    confusion: Confusion | None
    strata: Mapping[str, Quantity]
    curve: list[Point]
    changes: int
    unrest: float
    peers: Quantity | None
    gold_seen: int
    gold_left: int
    habits: Habits


def profile(project: Project, annotator_id: UUID) -> Profile | None:
    """None for somebody who has not answered here."""
    person = annotator(project, annotator_id)
    if person is None:
        return None
    estimator, prior, state = estimator_of(project), _prior(project), person.state or None
    grades = _gold_grades(project, annotator_id)
    seen, left = _gold(project, annotator_id)
    is_class = isinstance(estimator, ClassEstimator)
    return Profile(
        person=person,
        quantities={} if is_class or state is None else estimator.profile(state, prior),
        confusion=estimator.confusion(state, prior) if isinstance(estimator, ClassEstimator) and state else None,
        strata={
            name: estimator.stratum({**state, "strata": {name: sums}}, name, prior)
            for name, sums in _strata(grades).items()
        }
        if state
        else {},
        curve=learning_curve([grade.score for grade in grades]),
        changes=changes_of(state),
        unrest=min(float((state or {}).get("watch", {}).get("cusum", 0.0)) / THRESHOLD, 1.0),
        peers=with_peers(project, annotator_id),
        gold_seen=seen,
        gold_left=left,
        habits=habits_of(project, annotator_id),
    )


def _prior(project: Project) -> Prior:
    made, prior = _priors.get(project.pk, (float("-inf"), None))
    if prior is None or time.monotonic() - made > PRIOR_FOR:
        some = ReliabilitySnapshot.objects.filter(project=project).order_by("annotator")  # random ids
        states = list(some.values_list("parameters", flat=True)[:PRIOR_FROM])
        prior = estimator_of(project).population(states)
        _priors[project.pk] = (time.monotonic(), prior)
    return prior


@dataclass(frozen=True)
class _Known:
    """An answer to gold: its `score`, and in which part of the gold it falls, a name in each division ("" = none)."""

    score: float
    parts: Mapping[str, str]


def _gold_grades(project: Project, annotator_id: UUID) -> list[_Known]:
    """The oldest first."""
    graded = Grade.objects.filter(annotator=annotator_id, task__project=project, gold_score__isnull=False)
    columns = (
        "task",
        "gold_score",
        "task__label__name",
        "details__origin",
        "proposal",
        "annotation__trace__view__width",
    )
    rows = list(graded.order_by("annotation__submitted_at", "pk").values_list(*columns))
    difficulty = _difficulty([row[0] for row in rows], annotator_id)
    return [
        _Known(
            float(score or 0.0),
            {
                "asked": label or "",
                "origin": ORIGINS.get(origin or "", ""),
                "proposal": "with a proposal" if proposal else "without a proposal",
                "device": "" if not isinstance(width, int | float) else ON_PHONE if width < PHONE else ON_LARGER,
                "difficulty": difficulty.get(task, ""),
            },
        )
        for task, score, label, origin, proposal, width in rows
    ]


def _difficulty(tasks: Sequence[UUID], annotator_id: UUID) -> dict[UUID, str]:
    """Which of gold tasks are harder for everybody else, and which easier, than they are on the whole."""
    others = Grade.objects.filter(task__in=tasks, gold_score__isnull=False).exclude(annotator=annotator_id)
    scored = (
        others.order_by().values("task").annotate(n=Count("pk"), mean=Avg("gold_score")).filter(n__gte=FEWEST_OTHERS)
    )
    means: dict[UUID, float] = dict(scored.values_list("task", "mean"))
    middle = fmean(means.values()) if means else 0.0
    return {task: EASIER if mean > middle else HARDER if mean < middle else "" for task, mean in means.items()}


def _strata(grades: Sequence[_Known]) -> dict[str, dict[str, float]]:
    """Sums as estimators keep them; of what divides nothing there is nothing to tell."""
    sums: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for grade in grades:
        for division, name in grade.parts.items():
            entry = sums[division].setdefault(name, defaultdict(float))
            entry["worth"] += 1
            entry["score_sum"] += grade.score
    return {name: dict(entry) for parts in sums.values() if len(parts) > 1 for name, entry in parts.items() if name}


def _gold(project: Project, annotator_id: UUID) -> tuple[int, int]:
    gold = gold_states(project)
    seen = Assignment.objects.filter(annotator=annotator_id, task__in=gold.values("task")).values("task")
    to_come: Any = gold.filter(state__in=(TaskState.State.WAITING, TaskState.State.OPEN)).exclude(task__in=seen)
    return seen.distinct().count(), to_come.count()
