"""What open answers tell of their authors: each is held once against the others, and kept with its grade."""

import pytest
from django.db.models import F

from quality.store import fusing, reliability
from quality.store.models import GoldTruth, Grade, ProjectFigures, ReliabilitySnapshot, TaskState
from quality.store.proposals import ASSIST
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, play, tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def played(*labels, n_gold=4):
    """A project of ten open tasks that one person a label has answered, always alike; the people."""
    project = ProjectFactory(redundancy=len(labels))
    TaskFactory.create_batch(10, project=project)
    for _ in range(n_gold):
        GoldFactory(task=TaskFactory(project=project), answer={"kind": "class", "label": "cat"})
    people = GuestFactory.create_batch(len(labels))
    for person, label in zip(people, labels, strict=True):
        play(person, project, always(label), answers=10 + n_gold)
    settle(project)
    return project, people


def settle(project):
    tick()
    while fusing.refresh_stale():
        pass


def again(project):
    TaskState.objects.filter(project=project).update(stale=F("stale") + 1)
    settle(project)


def heard(project):
    """By person, how many of their answers were held against the others', and the mean score of these."""
    snapshots = ReliabilitySnapshot.objects.filter(project=project)
    sums = {s.annotator_id: s.parameters.get("peers") for s in snapshots}
    return {person: (one["worth"], one["sum"] / one["worth"]) for person, one in sums.items() if one}


def test_open_answers_are_held_against_the_others_once_and_gold_is_not():
    project, (one, other, odd) = played("cat", "cat", "dog")
    told = heard(project)

    again(project)

    assert heard(project) == told
    assert {n for n, _ in told.values()} == {10}
    assert told[odd.pk][1] < 0.4 < min(told[one.pk][1], told[other.pk][1])
    scored = Grade.objects.filter(peer_score__isnull=False)
    assert scored.count() == 30
    assert not scored.filter(task__in=GoldTruth.objects.values("task")).exists()


def test_a_rebuilt_state_has_heard_the_same():
    project, people = played("cat", "cat", "dog")
    before = heard(project)

    reliability.rebuild(project, [person.pk for person in people])

    assert heard(project) == {person: pytest.approx(told) for person, told in before.items()}


def test_somebody_without_gold_gets_a_standing_and_no_place_by_gold():
    project, (one, other, odd) = played("cat", "cat", "dog", n_gold=0)
    assert heard(project)[one.pk] == pytest.approx(heard(project)[other.pk])  # of gold each may have met another part
    reliability.refresh(project)
    known = reliability.reliabilities(project, [one.pk, odd.pk])
    assert known[odd.pk].mean < known[one.pk].mean
    assert known[odd.pk].n == 0


def test_what_began_from_a_suggested_answer_is_not_held_against_anybody():
    project, people = played("cat", "cat", "dog", n_gold=0)
    Grade.objects.update(peer_score=None)
    ReliabilitySnapshot.objects.all().delete()
    Grade.objects.filter(annotator=people[0]).update(proposal="draft", edit=0.0)
    Grade.objects.filter(annotator=people[1]).update(proposal=ASSIST, edit=0.0)

    again(project)

    assert set(heard(project)) == {people[1].pk, people[2].pk}


def test_copies_are_no_witnesses_of_each_other():
    project, (_, _, one, copy) = played("cat", "cat", "dog", "dog", n_gold=0)
    believed = heard(project)[one.pk][1]
    finding = {"kind": "copies", "people": [str(copy.pk), str(one.pk)], "sentence": "", "p": 0.001}
    content = {"findings": [finding], "people": 4, "answers": 40}
    ProjectFigures.objects.create(project=project, name=ProjectFigures.Name.FAIR_PLAY, content=content)
    Grade.objects.update(peer_score=None)
    ReliabilitySnapshot.objects.all().delete()

    again(project)

    assert heard(project)[one.pk][1] < believed
