"""Somebody leaves: what follows for tasks, places and labels."""

import pytest
from django.utils import timezone

from quality.store import places
from quality.store.models import Consensus, Grade, Reservation, TaskState
from tests.factories import GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, claim, later, play, tick
from webapp.accounts import services as accounts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    project = ProjectFactory(redundancy=2)
    TaskFactory.create_batch(6, project=project)
    return project


def leave(person, *, keep_answers):
    accounts.request_deletion(by=person, keep_answers=keep_answers)
    accounts.tick(later(seconds=1))
    tick()


def test_answers_that_stay_go_on_counting(project):
    stays, leaves = GuestFactory(), GuestFactory()
    for person in (stays, leaves):
        play(person, project, always("cat"), answers=9)
    tick()
    leave(leaves, keep_answers=True)
    assert set(TaskState.objects.values_list("counted", "state")) == {(2, "done")}
    assert {len(c.votes) for c in Consensus.objects.all()} == {2}


def test_answers_taken_along_leave_their_places_and_labels(project):
    stays, leaves = GuestFactory(), GuestFactory()
    play(stays, project, always("dog"), answers=9)
    play(leaves, project, always("cat"), answers=9)
    tick()
    leave(leaves, keep_answers=False)
    assert set(TaskState.objects.values_list("counted", "state")) == {(1, "open")}
    assert {c.answer["label"] for c in Consensus.objects.all()} == {"dog"}
    assert Grade.objects.count() == 6
    assert len(play(GuestFactory(), project, always("dog"), answers=9)) == 6


def test_what_nobody_answers_any_more_has_no_label(project):
    leaves = GuestFactory()
    play(leaves, project, always("cat"), answers=9)
    tick()
    leave(leaves, keep_answers=False)
    assert not Consensus.objects.exists()


def test_places_held_by_somebody_who_left_return(project):
    leaves = GuestFactory()
    claim(leaves, project)
    tick()
    held = Reservation.objects.filter(assignment__annotator=leaves).count()
    assert held > 0
    leave(leaves, keep_answers=False)
    places.recount()
    assert sum(TaskState.objects.values_list("held", flat=True)) == Reservation.objects.count()


def test_the_target_is_that_of_the_day_of_release(project):
    project.redundancy = 5
    project.save()
    claim(GuestFactory(), project)
    assert set(TaskState.objects.exclude(released_at=None).values_list("target", flat=True)) == {5}
    assert TaskState.objects.filter(released_at__lte=timezone.now()).count() == 6
