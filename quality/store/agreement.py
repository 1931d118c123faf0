"""How far a project's people agree on its open tasks (I5: gold has no part in it)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, QuerySet

from quality.domain import masks
from quality.domain.agreement import (
    Agreement,
    box_likeness,
    nominal_agreement,
    pairwise_agreement,
    structured_agreement,
)
from quality.domain.answers import boxes_of, class_key, is_abstention, is_nothing, mask_of
from quality.domain.metrics import dice, iou
from quality.domain.reliability import Quantity
from quality.domain.stats import bootstrap_interval
from quality.store.models import Grade, TaskState
from quality.store.truths import open_states
from webapp.projects.models import Project

MOST_TASKS = {"class": 200_000, "box": 5_000, "mask": 1_000}  # drawn at random where there are more
LATEST = {"class": 300, "box": 100, "mask": 40}  # tasks over which a person is held against the others
MOST_PEOPLE = 24  # in the table of pairs: those with most answers
BATCH = 5000  # tasks whose answers are read at once
_SEED = 0  # the same answers give the same figures

Answers = dict[str, dict[str, Any]]  # task -> person -> answer


def agreement_of(project: Project) -> dict[str, Any]:
    """{"tasks", "of": tasks looked at, of all with two answers; "rows": [{"what", "value", "by_task", "by_person",
    "tasks", "people", "answers"}]; "people": ids, the busiest first; "pairs": {measure: [{"first", "second", "mean",
    "low", "high", "n"}]}}; intervals are of 95 %."""
    rng = np.random.default_rng(_SEED)
    everything = _told(project)
    given = _answers_to(_some(everything, MOST_TASKS[project.kind], rng))
    counts = Counter(person for answers in given.values() for person in answers)
    busiest = [person for person, _ in counts.most_common(MOST_PEOPLE)]
    among = {task: {p: a for p, a in people.items() if p in busiest} for task, people in given.items()}
    return {
        "tasks": len(given),
        "of": len(everything),
        "rows": _COEFFICIENTS[project.kind](given, rng),
        "people": busiest,
        "pairs": {
            name: [asdict(pair) for pair in pairwise_agreement(among, alike, rng=rng)]
            for name, alike in _MEASURES[project.kind].items()
        },
    }


def with_peers(project: Project, annotator: UUID) -> Quantity | None:
    """How alike a person's answers and those of others to the same open tasks are on average, 0-1, with its 90 %
    bootstrap interval over the `n` tasks they answered last; None where they share none."""
    own = Grade.objects.filter(annotator=annotator, counted=True, task__in=_shared(project))
    latest = own.order_by("-annotation__submitted_at").values_list("task", flat=True)[: LATEST[project.kind]]
    alike = next(iter(_MEASURES[project.kind].values()))
    means = []
    for answers in _answers_to(list(latest)).values():
        mine = answers.pop(str(annotator), None)
        if mine is not None and answers:
            means.append(float(np.mean([alike(mine, other) for other in answers.values()])))
    if not means:
        return None
    low, high = bootstrap_interval(means, rng=np.random.default_rng(_SEED), level=0.9, n_resamples=500)
    return Quantity(float(np.mean(means)), low, high, len(means))


def _shared(project: Project) -> QuerySet[Any, Any]:
    """Open tasks with two answers or more."""
    return open_states(project).exclude(state=TaskState.State.RETIRED).filter(counted__gte=2).values("task")


def _told(project: Project) -> list[UUID]:
    """Open tasks with two answers or more that say something."""
    telling = Grade.objects.filter(task__in=_shared(project), counted=True).exclude(
        annotation__answer__kind="cannot_tell"
    )
    twice = telling.order_by("task").values("task").annotate(n=Count("pk")).filter(n__gte=2)
    return list(twice.values_list("task", flat=True))


def _answers_to(tasks: Sequence[UUID]) -> Answers:
    """Those of tasks that two could tell; somebody who left is somebody else at each task."""
    columns = ("task_id", "annotator_id", "annotation_id", "annotation__answer")
    sizes = ("task__image__height", "task__image__width")
    found: Answers = {}
    for start in range(0, len(tasks), BATCH):
        rows = Grade.objects.filter(task__in=tasks[start : start + BATCH], counted=True).order_by("task", "pk")
        for task, person, annotation, answer, *size in rows.values_list(*columns, *sizes).iterator():
            if not is_abstention(answer):
                found.setdefault(str(task), {})[str(person or annotation)] = {**answer, "size": tuple(size)}
    return {task: people for task, people in found.items() if len(people) >= 2}


def _some(tasks: Sequence[UUID], most: int, rng: np.random.Generator) -> list[UUID]:
    ordered = sorted(tasks, key=str)
    if len(ordered) <= most:
        return ordered
    return [ordered[i] for i in sorted(rng.permutation(len(ordered))[:most])]


def _class(answers: Answers, rng: np.random.Generator) -> list[dict[str, Any]]:
    votes = [(task, person, class_key(a)) for task, people in answers.items() for person, a in people.items()]
    return _nominal(nominal_agreement(votes, rng=rng), "labels")


def _box(answers: Answers, rng: np.random.Generator) -> list[dict[str, Any]]:
    found = structured_agreement(answers, _boxes_alike, rng=rng)
    return [*_structured(found, "boxes", "F1 of boxes"), *_presence(answers, rng)]


def _mask(answers: Answers, rng: np.random.Generator) -> list[dict[str, Any]]:
    found = structured_agreement(answers, _dice, rng=rng)
    return [*_structured(found, "outlines", "Dice"), *_presence(answers, rng)]


_COEFFICIENTS = {"class": _class, "box": _box, "mask": _mask}


def _presence(answers: Answers, rng: np.random.Generator) -> list[dict[str, Any]]:
    votes = [(task, person, is_nothing(a)) for task, people in answers.items() for person, a in people.items()]
    return _nominal(nominal_agreement(votes, rng=rng), "whether anything is there")


def _nominal(found: Agreement, about: str) -> list[dict[str, Any]]:
    assert found.kappa is not None
    return [
        _row(found, f"Krippendorff’s alpha, {about}", found.alpha),
        _row(found, f"Fleiss’ kappa, {about}", found.kappa),
        _row(found, f"Share of pairs that say the same, {about}", found.mean),
    ]


def _structured(found: Agreement, about: str, measure: str) -> list[dict[str, Any]]:
    return [
        _row(found, f"Krippendorff’s alpha, {about} (distance 1 − {measure})", found.alpha),
        _row(found, f"Mean {measure} of two answers", found.mean),
    ]


def _row(found: Agreement, what: str, coefficient: Any) -> dict[str, Any]:
    counts = {"tasks": found.tasks, "people": found.people, "answers": found.answers}
    return {"what": what, **asdict(coefficient), **counts}


def _same_label(a: dict[str, Any], b: dict[str, Any]) -> float:
    return float(class_key(a) == class_key(b))


def _boxes_alike(a: dict[str, Any], b: dict[str, Any]) -> float:
    return box_likeness(boxes_of(a), boxes_of(b))


def _dice(a: dict[str, Any], b: dict[str, Any]) -> float:
    return dice(_mask_of(a), _mask_of(b))


def _iou(a: dict[str, Any], b: dict[str, Any]) -> float:
    return iou(_mask_of(a), _mask_of(b))


def _mask_of(answer: dict[str, Any]) -> masks.Mask:
    if "bits" not in answer:  # each is compared with many others, and read from its runs but once
        answer["bits"] = np.packbits(mask_of(answer, size=answer["size"]))
    height, width = answer["size"]
    return np.unpackbits(answer["bits"], count=height * width).view(bool).reshape(height, width)


# The first of a kind is the one that people are held against their peers by.
_MEASURES: dict[str, dict[str, Callable[[Any, Any], float]]] = {
    "class": {"same label": _same_label},
    "box": {"F1 of boxes": _boxes_alike},
    "mask": {"Dice": _dice, "IoU": _iou},
}
