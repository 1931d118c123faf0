"""Planted errors, beside answers without proposals, show how lightly prefilled answers are accepted."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from quality.domain.answers import class_answer
from quality.domain.consensus import LAZY
from quality.store import fusing
from quality.store.laziness import kept_and_alike, learn_laziness
from quality.store.models import Consensus, GoldPolicy, Proposal, TaskState
from quality.store.policies import policy_of
from quality.store.selectors.exports import known_people
from tests.factories import AssignmentFactory, GoldFactory, GuestFactory, HandFactory, ProjectFactory, TaskFactory
from tests.players import tick
from webapp.annotations.models import Annotation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]

CAT, DOG = class_answer("cat"), class_answer("dog")
NOW = timezone.now()


def given(task, answer, *, minute, proposal=None, planted=False):
    """An answer claimed and sent within this minute."""
    hand = HandFactory(project=task.project, annotator=GuestFactory())
    at = NOW + timedelta(minutes=minute)
    assignment = AssignmentFactory(
        hand=hand, task=task, annotator=hand.annotator, state="answered", claimed_at=at, proposal=proposal
    )
    if proposal:
        Proposal.objects.create(assignment=assignment, draft=CAT, planted=planted)
    annotation = Annotation.objects.create(
        assignment=assignment, task=task, annotator=hand.annotator, answer=answer, digest=str(assignment.pk)
    )
    Annotation.objects.filter(pk=annotation.pk).update(submitted_at=at + timedelta(seconds=30))


def project_of(*, kept, corrected):
    """Cats all of them, each with three voices of a draft, a planted dog, two who accept the draft, and somebody later
    without a proposal."""
    project = ProjectFactory(redundancy=6)
    for number in range(kept + corrected):
        task = TaskFactory(project=project)
        TaskState.objects.filter(task=task).update(state="open")
        for minute in range(3):
            given(task, CAT, minute=minute)
        given(task, DOG if number < kept else CAT, minute=4, proposal=DOG, planted=True)
        for _ in range(2):
            given(task, CAT, minute=5, proposal=CAT)
        given(task, CAT, minute=6)
    return project


def test_only_those_who_answered_later_say_what_people_say_by_themselves():
    project = project_of(kept=1, corrected=1)
    first, second = TaskState.objects.filter(project=project).values_list("task", flat=True)
    for task_id in (first, second):
        task = TaskState.objects.get(task=task_id).task
        given(task, DOG, minute=3)  # before the error was shown: a voice of the draft that it contradicts
        given(task, DOG, minute=7)
    kept, alike = kept_and_alike(project)
    assert sorted(kept) == [0.0, 1.0]
    assert alike == [0.5, 0.5]


def test_where_nobody_keeps_planted_errors_accepting_counts_for_more():
    project = project_of(kept=0, corrected=12)
    tick()
    lazy, seen = policy_of(project).lazy, weight_of_accepting(project)
    assert lazy < 0.2
    assert known_people(project).lazy == lazy
    assert not learn_laziness(project)  # until something new is known

    GoldPolicy.objects.filter(project=project).update(lazy=LAZY)
    TaskState.objects.filter(project=project).update(stale=1)
    fusing.refresh_stale()

    assert seen > 1.2 * weight_of_accepting(project)
    assert learn_laziness(project)
    fusing.refresh_stale()
    assert weight_of_accepting(project) == pytest.approx(seen)


def weight_of_accepting(project):
    """Mean weight of votes that took a proposal as it was."""
    weights = {vote["annotation"]: vote["weight"] for row in Consensus.objects.all() for vote in row.votes}
    shown = Annotation.objects.filter(task__project=project, assignment__proposal__isnull=False)
    return np.mean([weights[str(pk)] for pk in shown.values_list("pk", flat=True) if str(pk) in weights])


def test_where_most_keep_them_accepting_counts_as_before():
    project = project_of(kept=10, corrected=2)
    tick()
    assert policy_of(project).lazy == LAZY


def test_the_truth_of_gold_takes_no_part():
    """I3: what is learnt is the same whatever is known."""
    project = project_of(kept=2, corrected=6)
    before = kept_and_alike(project)
    for number, state in enumerate(TaskState.objects.filter(project=project)):
        GoldFactory(task=state.task, answer=DOG if number % 2 else CAT)
    assert kept_and_alike(project) == before
