"""How far annotators are trusted: their snapshots, kept up to date from gold and from the others' consensus.

A snapshot's state is updated in the transaction of the grade it comes from, so that a grade is learnt from exactly
once; so is what the consensus of the others says of an answer to an open task (`quality.store.peers`). What the
annotators of a project have in common (the prior) moves slowly and is worked out every now and then.

Skill on synthetic pictures need not carry over to real ones (`reliability.carry_over`). What expert-labelled real
pictures tell is therefore also kept apart, as a state of its own within the state; of somebody who clearly scores
otherwise on them, that alone counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from quality.domain.reliability import ESTIMATORS, Prior, Reliability, ReliabilityEstimator
from quality.domain.reliability.carry_over import REAL, SYNTHETIC, real_alone_tells
from quality.domain.rubrics import RubricResult
from quality.store.models import GoldTruth, Grade, ReliabilitySnapshot, TaskState
from webapp.projects.models import Project

NOTABLE = 1e-3  # a mean and interval that moved less are not written again
MATERIAL = 0.05  # a mean that moved so far makes the person's votes worth weighing again
NEWCOMERS = 5
ON_REAL = "on_real"  # the state within a state that real pictures alone have taught
TOLD_BY = "told_by"  # in a state to go by: the only stratum that it was taught by
PEERS = "peers"  # the part of a state that the others' consensus on open tasks has taught
STRATA = {GoldTruth.Origin.SYNTHETIC: SYNTHETIC, GoldTruth.Origin.EXPERT: REAL}

_priors: dict[int, Prior] = {}


def estimator_of(project: Project) -> ReliabilityEstimator:
    return ESTIMATORS[project.kind]


def prior_of(project: Project) -> Prior:
    """What the project's annotators have in common."""
    # In an order of their own: the fit draws at random, and the same people must always give the same.
    snapshots = ReliabilitySnapshot.objects.filter(project=project).order_by("annotator")
    return estimator_of(project).population(list(snapshots.values_list("parameters", flat=True)), profile=False)


def typical_score(project: Project, *, without: UUID | None) -> float:
    """What the project's people score on average (0-1), one of them left out: nobody moves what they are paid (I4).

    It starts from what newcomers are believed to score, which counts as NEWCOMERS people.
    """
    others = ReliabilitySnapshot.objects.filter(project=project).exclude(annotator=without)
    found = others.aggregate(n=Count("pk"), total=Sum("mean"))
    believed = estimator_of(project).population([]).mean
    return float(((found["total"] or 0.0) + NEWCOMERS * believed) / (found["n"] + NEWCOMERS))


def reliabilities(project: Project, annotators: Collection[UUID]) -> dict[Any, Reliability]:
    """Of those among `annotators` who have been graded."""
    snapshots = ReliabilitySnapshot.objects.filter(project=project, annotator__in=annotators)
    return {
        s.annotator_id: Reliability(mean=s.mean, low=s.low, high=s.high, n=s.n_gold, state=_telling(s.parameters))
        for s in snapshots
    }


def _telling(state: dict[str, Any]) -> dict[str, Any]:
    """The state to go by: all of it, or what real pictures taught where that is surely something else."""
    if ON_REAL not in state or not real_alone_tells(state):
        return state
    kept = {key: state[key] for key in ("planted", PEERS) if key in state}  # open tasks are real ones
    return {**state[ON_REAL], **kept, TOLD_BY: REAL}


def has_taught(person: Reliability, result: RubricResult) -> bool:
    """Whether a graded answer is part of what is gone by of its author: where real pictures alone tell, an answer to a
    synthetic one is not, and must not be taken back out as if it were (I3)."""
    return person.state.get(TOLD_BY) in (None, STRATA.get(result.details.get("origin", "")))


def _estimated(estimator: ReliabilityEstimator, state: dict[str, Any], prior: Prior) -> Reliability:
    """What is believed of the expected score. `n` counts all graded answers, whatever they were on."""
    found = estimator.estimate(_telling(state), prior)
    return replace(found, n=int(state["n"]))


def _by_gold(estimator: ReliabilityEstimator, state: dict[str, Any], prior: Prior) -> Reliability:
    """The same by known answers alone."""
    return _estimated(estimator, {key: value for key, value in state.items() if key != PEERS}, prior)


def _taught(estimator: ReliabilityEstimator, state: Mapping[str, Any] | None, result: RubricResult) -> dict[str, Any]:
    """The state after one more graded answer; the result's details say of which origin the truth is."""
    stratum = STRATA.get(result.details.get("origin", ""))
    whole = {key: value for key, value in (state or {}).items() if key != ON_REAL} or None
    on_real = (state or {}).get(ON_REAL)
    new = estimator.update(whole, result, stratum=stratum)
    if stratum == REAL:
        on_real = estimator.update(on_real, result)
    return {**new, ON_REAL: on_real} if on_real else new


def learn(project: Project, lessons: Sequence[tuple[UUID, RubricResult]]) -> None:
    """Update snapshots by graded answers, (annotator, result) in their order. Call it in the grades' transaction."""
    estimator = estimator_of(project)
    states = _locked(project, {annotator_id for annotator_id, _ in lessons})
    for annotator_id, result in lessons:
        states[annotator_id] = _taught(estimator, states.get(annotator_id), result)
    _write(project, states, _lately(project))


def hear(project: Project, heard: Sequence[tuple[UUID, RubricResult]]) -> None:
    """Update snapshots by what the others' consensus says of answers, (annotator, result). Call it in the transaction
    that stores these results."""
    estimator = estimator_of(project)
    states = _locked(project, {annotator_id for annotator_id, _ in heard})
    for annotator_id, result in heard:
        states[annotator_id] = estimator.hear(states.get(annotator_id), result)
    _write(project, states, _lately(project))


def _locked(project: Project, people: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """States by annotator, nobody's else to change until the transaction ends; in an order, so that nobody waits for
    each other."""
    locked = ReliabilitySnapshot.objects.select_for_update(no_key=True).filter(project=project, annotator__in=people)
    return {snapshot.annotator_id: snapshot.parameters for snapshot in locked.order_by("annotator")}


def _lately(project: Project) -> Prior:
    """What the annotators had in common when somebody last looked."""
    if project.pk not in _priors:
        _priors[project.pk] = prior_of(project)
    return _priors[project.pk]


def rebuild(project: Project, annotators: Iterable[UUID]) -> None:
    """Work snapshots out again from the grades that still stand, after a truth was withdrawn or people were merged."""
    estimator, prior = estimator_of(project), prior_of(project)
    for annotator_id in annotators:
        with transaction.atomic():
            state: Mapping[str, Any] | None = None
            grades = Grade.objects.filter(annotator=annotator_id, task__project=project)
            telling = grades.exclude(details={}, peer_score=None).order_by("graded_at", "pk")
            columns = ("gold_score", "details", "peer_score", "peer_details")
            for score, details, heard, heard_details in telling.values_list(*columns):
                if details:
                    state = _taught(estimator, state, RubricResult(score, details))
                if heard is not None:
                    state = estimator.hear(state, RubricResult(heard, heard_details))
            if state is None:
                ReliabilitySnapshot.objects.filter(project=project, annotator=annotator_id).delete()
            else:
                _write(project, {annotator_id: dict(state)}, prior)
    mark_moved(project)


def refresh(project: Project) -> None:
    """Estimate all snapshots again under today's prior, and have the votes of those who moved weighed again."""
    prior = _priors[project.pk] = prior_of(project)
    estimator = estimator_of(project)
    for snapshot in ReliabilitySnapshot.objects.filter(project=project):
        found = _estimated(estimator, snapshot.parameters, prior)
        moved = [abs(getattr(found, name) - getattr(snapshot, name)) for name in ("mean", "low", "high")]
        if max(moved) > NOTABLE:
            # Guarded by the count: a grade that came in between has estimated it already.
            ReliabilitySnapshot.objects.filter(pk=snapshot.pk, n_gold=snapshot.n_gold).update(
                mean=found.mean,
                low=found.low,
                high=found.high,
                gold_low=_by_gold(estimator, snapshot.parameters, prior).low,
            )
    mark_moved(project)


def mark_moved(project: Project) -> None:
    """Mark the tasks whose votes come from people whose mean moved materially since they were last weighed."""
    for snapshot in ReliabilitySnapshot.objects.filter(project=project).only("annotator_id", "mean", "fused_mean"):
        if snapshot.fused_mean is not None and abs(snapshot.fused_mean - snapshot.mean) <= MATERIAL:
            continue
        voted = Grade.objects.filter(annotator=snapshot.annotator_id, counted=True).values("task")
        with transaction.atomic():
            TaskState.objects.filter(project=project, task__in=voted).update(stale=F("stale") + 1)
            ReliabilitySnapshot.objects.filter(pk=snapshot.pk).update(fused_mean=snapshot.mean)


def _write(project: Project, states: Mapping[UUID, dict[str, Any]], prior: Prior) -> None:
    """Store states with what they say under the prior, in two statements for any number of people."""
    estimator = estimator_of(project)
    rows = []
    for annotator_id, state in states.items():
        found = _estimated(estimator, state, prior)
        rows.append(
            ReliabilitySnapshot(
                project=project,
                annotator_id=annotator_id,
                mean=found.mean,
                low=found.low,
                high=found.high,
                gold_low=_by_gold(estimator, state, prior).low,
                n_gold=found.n,
                parameters=state,
                method=estimator.name,
                updated_at=timezone.now(),
            )
        )
    ReliabilitySnapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["project", "annotator"],
        update_fields=["mean", "low", "high", "gold_low", "n_gold", "parameters", "method", "updated_at"],
    )
