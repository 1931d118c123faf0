"""Gold tells how far the crowd's own expectations hold, and all labels follow."""

from dataclasses import asdict

import numpy as np
import pytest

from quality.domain.recalibration import Recalibration
from quality.store import fusing, scoring, weighing
from quality.store.calibration import calibration_of
from quality.store.models import Consensus, GoldPolicy, GoldTruth, TaskState
from quality.store.policies import set_policy
from quality.store.recalibration import gold_pairs, recalibrate, recalibration_of
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import play, tick
from webapp.tasks.models import Round, Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def played():
    """Four people who answer alike, and all of them wrongly on a third of the gold: what no vote shows."""
    project = ProjectFactory(redundancy=4)
    set_policy(by=None, project=project, rate=0.33, stopping="risk", risk_goal=0.001)
    TaskFactory.create_batch(24, project=project)
    wrong = []
    for i in range(12):
        task = TaskFactory(project=project)
        GoldFactory(task=task, answer={"kind": "class", "label": "cat"})
        if i % 3 == 0:
            wrong.append(task.pk)

    def answer(claim):
        task = Task.objects.get(assignments=claim.assignment_id)
        return {"kind": "class", "label": "dog" if task.pk in wrong else "cat"}

    for person in GuestFactory.create_batch(4):
        play(person, project, answer, answers=36)
    tick()
    settle(project)  # by now every answer was held against the others'
    return project


def settle(project):
    while fusing.refresh_stale():
        pass


def risks(project):
    """Mean risk of open tasks and of gold ones that were answered rightly, all with as many votes."""
    found = {}
    gold = GoldTruth.objects.filter(project=project, realised=1).values("task")
    for name, states in (
        ("open", TaskState.objects.filter(task__in=Consensus.objects.values("task"))),
        ("gold", TaskState.objects.filter(task__in=gold)),
    ):
        values = list(states.filter(project=project, counted=4).values_list("risk", flat=True))
        assert len(values) > 3
        found[name] = sum(values) / len(values)
    return found


def test_labels_are_doubted_as_gold_teaches(played):
    GoldPolicy.objects.filter(project=played).update(recalibration={})
    TaskState.objects.filter(project=played).update(stale=1)
    settle(played)
    before = risks(played)
    pairs = gold_pairs(played)
    expected, realised = pairs.mean(0)
    assert len(pairs) >= 9
    assert expected > realised + 0.05

    assert recalibrate(played)
    settle(played)

    after = risks(played)
    assert after["open"] > 1.5 * before["open"]
    assert after["gold"] > 1.5 * before["gold"]  # one for both (I3)
    # What it is learnt from stays what the votes alone let expect, but for how common the classes seem by now.
    assert np.abs(gold_pairs(played) - pairs).max() < 0.05
    sure = [max(row.probabilities.values()) for row in Consensus.objects.filter(project=played)]
    assert realised < sum(sure) / len(sure) < 0.92  # a dozen known answers go part of the way
    assert not recalibrate(played)  # until something new is known


def test_i4_it_changes_nothing_about_what_rounds_pay(played):
    round_ = Round.objects.filter(completed_at__isnull=False).first()

    def paid():
        found = scoring.scored_answers([round_.pk], played, by=round_.annotator_id)
        return {answer.annotation.pk: answer.score for answer in found}

    before = paid()
    learnt = Recalibration.fit([0.97] * 50, [0.0] * 50)
    GoldPolicy.objects.filter(project=played).update(recalibration=asdict(learnt))
    assert paid() == before
    TaskState.objects.filter(project=played).update(stale=1)
    settle(played)
    weighing._class_priors.clear()  # nor by way of how common the classes now seem
    assert paid() == before
    assert len(before) == 10


def test_a_truth_that_is_withdrawn_teaches_no_longer(played):
    known = len(gold_pairs(played))
    one = GoldTruth.objects.filter(project=played, realised=0).first()
    GoldTruth.objects.filter(pk=one.pk).update(state=GoldTruth.State.QUARANTINED)
    assert len(gold_pairs(played)) == known - 1


def test_the_check_is_on_gold_that_it_was_not_learnt_from(played):
    GoldPolicy.objects.filter(project=played).update(recalibration={})
    assert recalibrate(played)
    settle(played)
    pairs = gold_pairs(played)
    checked = calibration_of(played)["gold"]

    assert checked["of"] == len(pairs)
    learnt_from_itself = Recalibration.fit(*pairs.T)
    mean = sum(learnt_from_itself.apply(e) for e in pairs[:, 0]) / len(pairs)
    found = sum(b["estimated"] * b["n"] for b in checked["calibration"]["bins"]) / len(pairs)
    assert found != pytest.approx(mean, abs=1e-6)
    assert found == pytest.approx(mean, abs=0.1)
    assert recalibration_of(played).n == len(pairs)
