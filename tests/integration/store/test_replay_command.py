"""manage.py replay"""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from quality.domain.replay import replay
from quality.domain.replay_report import EVERYTHING
from quality.store.models import GoldPolicy, Grade, Proposal, TaskState
from quality.store.proposals import ASSIST
from quality.store.recordings import recording_of
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, play, tick
from webapp.annotations.models import Annotation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    """Finished: 10 open tasks, for 4 of which a truth is held back, and 6 gold ones; 4 people answered cat."""
    project = ProjectFactory(redundancy=4, slug="cells")
    tasks = TaskFactory.create_batch(10, project=project)
    for task in tasks[:4]:
        GoldFactory(task=task, state="held")
    for _ in range(6):
        GoldFactory(task=TaskFactory(project=project))
    for person in GuestFactory.create_batch(4):
        play(person, project, always("cat"), answers=20)
    tick()
    return project


def told(capsys, *arguments):
    call_command("replay", "cells", *arguments)
    return capsys.readouterr().out


def test_policies_are_compared_with_the_first(project, capsys):
    found = json.loads(told(capsys, "--policies", "redundancy=4", "goal=0.2,least=2", "--json"))

    assert "held back" in found["against"]
    full, by_risk = found["policies"]
    assert (full["tasks"], full["votes"], full["saved"]) == (10, 40, 0.0)
    assert full["gold_votes"] == Grade.objects.filter(gold_score__isnull=False).count()
    assert full["quality"] == {"mean": 1.0, "low": 1.0, "high": 1.0, "n": 4}
    assert by_risk["votes"] < 40
    spent = [row["votes"] + row["gold_votes"] for row in (full, by_risk)]
    assert by_risk["saved"] == pytest.approx(1 - spent[1] / spent[0], abs=1e-4)
    assert by_risk["agreement"]["n"] == 10


def test_it_prints_a_table_and_changes_nothing(project, capsys):
    before = list(TaskState.objects.order_by("pk").values())

    lines = told(capsys, "--seed", "3").splitlines()

    assert lines[0].startswith("Quality against truths that were held back")
    assert lines[1].split()[:3] == ["policy", "votes", "a"]
    assert any(line.startswith("goal=0.05") for line in lines)
    assert list(TaskState.objects.order_by("pk").values()) == before


def test_without_checks_some_gold_is_set_aside(project, capsys):
    from quality.store.models import GoldTruth

    GoldTruth.objects.filter(state="held").delete()

    assert "30% of the gold" in told(capsys, "--policies", "redundancy=2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "no project 'nowhere'"),
        (["cells", "--policies", "votes=3"], "looks like goal=0.05"),
        (["cells", "--policies", "goal=7"], "between 0 and 1"),
        (["cells", "--policies", "least=2"], "belongs to a goal"),
        (["cells", "--policies", "rate=0.9"], "between 0 and 0.5"),
    ],
)
def test_what_cannot_be_replayed(project, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("replay", *arguments)


def test_answers_that_leaned_on_proposals_are_told_as_such(project):
    corrected, assisted = Grade.objects.filter(gold_score__isnull=True).order_by("pk")[:2]
    assignment = Annotation.objects.get(pk=corrected.pk).assignment
    Proposal.objects.create(assignment=assignment, draft={"kind": "class", "label": "cat"}, planted=True)
    Grade.objects.filter(pk=corrected.pk).update(proposal="p", edit=1.0, details={"kept_planted": False})
    Grade.objects.filter(pk=assisted.pk).update(proposal=ASSIST, edit=0.25)
    GoldPolicy.objects.filter(project=project).update(lazy=0.1)

    recording = recording_of(project)

    told = {
        given.proposal: (given.task, given.edit, given.prompted, given.planted, given.kept_planted)
        for given in recording.answers
        if given.proposal
    }
    assert told == {
        "p": (corrected.task_id, 1.0, False, True, False),
        ASSIST: (assisted.task_id, 0.25, True, False, None),
    }
    assert recording.lazy == 0.1
    outcome = replay(recording, EVERYTHING, rng=np.random.default_rng(0))
    assert outcome.votes == 39  # of 40: what began from a planted error does not count


def test_a_project_without_answers():
    ProjectFactory(slug="empty")
    with pytest.raises(CommandError, match="no answers"):
        call_command("replay", "empty")
