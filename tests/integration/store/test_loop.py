"""The loop of a class project: release, deal, play, grade, fuse, score."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quality.store import figures, grading, scoring
from quality.store.fairplay import alike_in
from quality.store.models import Consensus, Grade, ProjectFigures, ReliabilitySnapshot, TaskState
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, play, tick
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
    assert scoring.tick(round_.completed_at + timedelta(seconds=17)) == 1
    assert scoring.tick(round_.completed_at + timedelta(seconds=30)) == 0
    score = RoundScore.objects.get(round=round_)
    assert (score.visible_at - round_.completed_at).total_seconds() == 20
    assert score.score % 5 == 0


def test_twins_are_no_witnesses_for_one_another():
    """Who copies, or plays with a second account, is held against the others alone."""
    project = ProjectFactory(redundancy=4)
    TaskFactory.create_batch(10, project=project)
    honest, other, one, twin = GuestFactory.create_batch(4)
    for person, label in ((honest, "cat"), (other, "cat"), (one, "dog"), (twin, "dog")):
        play(person, project, always(label), answers=10)
    tick()
    round_ = Round.objects.get(annotator=one)

    def score():
        return sum(found.score for found in scoring.scored_answers([round_.pk], project, by=one.pk))

    before = score()
    finding = {"kind": "copies", "people": [str(twin.pk), str(one.pk)], "sentence": "", "p": 0.001}
    content = {"findings": [finding], "people": 4, "answers": 40}
    ProjectFigures.objects.create(project=project, name=ProjectFigures.Name.FAIR_PLAY, content=content)

    assert score() < before / 2
    assert honest.pk not in alike_in(project)


def test_findings_on_fair_play_are_kept_up(django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr("quality.store.tasks.work_out_figures.delay", figures.work_out)
    project = ProjectFactory(redundancy=4)
    TaskFactory.create_batch(10, project=project)
    play(GuestFactory(), project, always("cat"), answers=10)
    with django_capture_on_commit_callbacks(execute=True):
        figures.tick(timezone.now())
    found = ProjectFigures.objects.get(project=project, name=ProjectFigures.Name.FAIR_PLAY)
    assert found.content["answers"] == 10
