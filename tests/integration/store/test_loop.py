"""The loop of a class project: release, deal, play, grade, fuse, score."""

import pytest
from django.utils import timezone

from quality.store import grading, scoring
from quality.store.models import Consensus, Grade, ReliabilitySnapshot, TaskState
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, later, play, tick
from webapp.game.models import RoundScore
from webapp.tasks.models import Round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def test_a_project_is_played_to_its_end():
    project = ProjectFactory(redundancy=3)
    TaskFactory.create_batch(20, project=project)
    for _ in range(5):
        GoldFactory(task=TaskFactory(project=project))
    people = GuestFactory.create_batch(3)
    for person in people:
        play(person, project, always("cat"), answers=30)
    tick()
    open_states = TaskState.objects.exclude(task__in=[])
    assert set(open_states.values_list("counted", flat=True)) <= {0, 1, 2, 3}
    assert Consensus.objects.filter(project=project).count() == 20
    assert {c.answer["label"] for c in Consensus.objects.all()} == {"cat"}
    assert Grade.objects.filter(gold_score=1).count() > 0
    assert ReliabilitySnapshot.objects.count() == 3
    assert TaskState.objects.filter(state=TaskState.State.DONE).count() >= 20


def test_a_full_round_is_scored_once_at_its_fixed_delay():
    project = ProjectFactory()
    TaskFactory.create_batch(20, project=project)
    person = GuestFactory()
    play(person, project, always("cat"), answers=10)
    round_ = Round.objects.get(annotator=person)
    assert round_.completed_at is not None
    grading.tick(timezone.now())
    assert scoring.tick(round_.completed_at) == 0
    assert scoring.tick(later(seconds=17)) == 1
    assert scoring.tick(later(seconds=30)) == 0
    score = RoundScore.objects.get(round=round_)
    assert (score.visible_at - round_.completed_at).total_seconds() == 20
    assert score.score % 5 == 0
