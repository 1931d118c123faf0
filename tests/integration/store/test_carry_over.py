"""Weights follow what people do on real pictures where that differs from the synthetic ones."""

from dataclasses import replace

import numpy as np
import pytest

from quality.domain.reliability import ESTIMATORS
from quality.domain.reliability.carry_over import carry_over
from quality.domain.rubrics import RubricResult
from quality.store import reliability
from quality.store.models import GoldTruth, Grade, ReliabilitySnapshot
from quality.store.weighing import CountedVote, Weighing
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import play, tick
from webapp.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

EACH = 30


@pytest.fixture
def project():
    """Gold of both origins, half cats and half dogs, and enough open tasks for all of it to be dealt."""
    project = ProjectFactory(redundancy=3)
    TaskFactory.create_batch(4 * EACH, project=project)
    for origin in GoldTruth.Origin.values:
        for i in range(EACH):
            answer = {"kind": "class", "label": ("cat", "dog")[i % 2]}
            GoldFactory(task=TaskFactory(project=project), origin=origin, answer=answer)
    return project


def player(on_synthetic, on_real, seed):
    """Right with one chance on synthetic gold and with another on everything else."""
    rng = np.random.default_rng(seed)
    known = {truth.task_id: (truth.origin, truth.answer["label"]) for truth in GoldTruth.objects.all()}

    def answer(claim):
        origin, label = known.get(Task.objects.get(assignments=claim.assignment_id).pk, ("", "cat"))
        accuracy = on_synthetic if origin == "synthetic" else on_real
        return {"kind": "class", "label": label if rng.random() < accuracy else {"cat": "dog", "dog": "cat"}[label]}

    return answer


def test_who_is_good_on_synthetic_pictures_alone_weighs_little(project, monkeypatch):
    reliability_of = {}
    for name, on_real in (("steady", 1.0), ("fooled", 0.4)):
        person = GuestFactory()
        play(person, project, player(1.0, on_real, seed=len(name)), answers=6 * EACH)
        reliability_of[name] = person
    tick()
    steady, fooled = (
        ReliabilitySnapshot.objects.get(project=project, annotator=person) for person in reliability_of.values()
    )

    assert carry_over(steady.parameters).low < 0 < carry_over(steady.parameters).high
    assert carry_over(fooled.parameters).low > 0
    on_real = fooled.parameters["strata"]["real"]
    assert fooled.mean == pytest.approx(on_real["score_sum"] / on_real["worth"], abs=0.12)
    assert fooled.mean < 0.75 < steady.mean
    assert fooled.n_gold == Grade.objects.filter(annotator=fooled.annotator_id, gold_score__isnull=False).count()

    votes = [
        CountedVote(person.pk, person.pk, {"kind": "class", "label": label})
        for person, label in zip(reliability_of.values(), ("cat", "dog"), strict=True)
    ]
    weighing = Weighing.load(project, votes)
    weights = weighing.fuse(votes, size=(48, 64)).weights
    # Had all known answers told alike of them, they would weigh more.
    everything = {key: value for key, value in fooled.parameters.items() if key != reliability.ON_REAL}
    naive = ESTIMATORS["class"].estimate(everything, reliability.prior_of(project))
    trusting = replace(weighing, known={**weighing.known, fooled.annotator_id: naive})
    assert weights[1] < trusting.fuse(votes, size=(48, 64)).weights[1] < weights[0]

    # Their votes on synthetic gold weigh as on open tasks: those taught nothing that could be taken back out (I3).
    own = {"synthetic": set(), "real": set()}
    for grade in Grade.objects.filter(annotator=fooled.annotator_id, gold_score=1):
        result = RubricResult(grade.gold_score, grade.details)
        less = weighing.without({fooled.annotator_id: result}).known[fooled.annotator_id]
        stratum = reliability.STRATA[grade.details["origin"]]
        own[stratum].add(less.mean < weighing.known[fooled.annotator_id].mean)
    assert own == {"synthetic": {False}, "real": {True}}


def test_a_rebuilt_state_is_the_one_that_was_learnt(project):
    person = GuestFactory()
    play(person, project, player(0.9, 0.6, seed=1), answers=4 * EACH)
    tick()
    reliability.refresh(project)
    learnt = ReliabilitySnapshot.objects.get(project=project, annotator=person)

    reliability.rebuild(project, [person.pk])

    rebuilt = ReliabilitySnapshot.objects.get(project=project, annotator=person)
    assert rebuilt.parameters["on_real"] == learnt.parameters["on_real"]
    assert rebuilt.parameters["strata"] == learnt.parameters["strata"]
    assert rebuilt.mean == pytest.approx(learnt.mean, abs=1e-4)
