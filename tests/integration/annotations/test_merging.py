"""A guest joins an account: nothing is lost, the first answer wins, nothing counts twice."""

import pytest
from django.utils import timezone

from quality.store import grading
from quality.store.models import Grade, ReliabilitySnapshot, TaskState
from tests.factories import AssignmentFactory, GoldFactory, GuestFactory, HandFactory, ProjectFactory, TaskFactory
from tests.players import play_tier
from webapp.accounts.services import join_account
from webapp.annotations.models import Annotation
from webapp.annotations.services import submit
from webapp.tasks.models import Assignment, Hand, Round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def guest():
    return GuestFactory()


@pytest.fixture
def account():
    return GuestFactory(email="ruby@example.org")


def hand_of(person, project):
    return Hand.objects.filter(annotator=person).first() or HandFactory(project=project, annotator=person)


def hold(person, task) -> Assignment:
    return AssignmentFactory(hand=hand_of(person, task.project), task=task, state="claimed", claimed_at=timezone.now())


def answer(person, task, label="cat") -> Annotation:
    return submit(by=person, assignment_id=hold(person, task).pk, answer={"kind": "class", "label": label})[0]


def join(guest, account):
    with play_tier():
        assert join_account(guest=guest, account=account)


def test_everything_becomes_the_accounts(project, guest, account):
    given = answer(guest, TaskFactory(project=project))
    join(guest, account)
    given.refresh_from_db()
    assert given.annotator == given.assignment.annotator == given.round.annotator == account
    assert Hand.objects.get().annotator == account


@pytest.mark.parametrize("first", ["guest", "account"])
def test_of_two_answers_to_a_task_the_first_wins(project, guest, account, first):
    task = TaskFactory(project=project)
    order = [guest, account] if first == "guest" else [account, guest]
    earlier, later = (answer(person, task, label) for person, label in zip(order, ["cat", "dog"], strict=True))
    join(guest, account)
    earlier.refresh_from_db()
    later.refresh_from_db()
    assert earlier.annotator == account
    assert later.annotator == guest
    assert Assignment.objects.get(task=task, annotator=account).annotation == earlier


@pytest.mark.parametrize("graded_before", [True, False])
def test_an_answer_given_twice_counts_once(project, guest, account, graded_before):
    task = TaskFactory(project=project)
    GoldFactory(task=task)
    answer(guest, task, "cat")
    answer(account, task, "dog")
    if graded_before:
        grading.tick(timezone.now())
        assert TaskState.objects.get(task=task).counted == 2
    join(guest, account)
    grading.tick(timezone.now())
    assert TaskState.objects.get(task=task).counted == 1
    assert Grade.objects.get(counted=True).annotator == account
    snapshot = ReliabilitySnapshot.objects.get()
    assert (snapshot.annotator, snapshot.n_gold) == (account, 1)


def test_a_question_open_in_a_tab_can_still_be_answered(project, guest, account):
    open_ = hold(guest, TaskFactory(project=project))
    answer(account, TaskFactory(project=project))
    join(guest, account)
    with play_tier():
        _, created = submit(by=account, assignment_id=open_.pk, answer={"kind": "nothing"})
    assert created
    assert Annotation.objects.filter(annotator=account).count() == 2


def test_what_lay_unseen_in_the_guests_hand_returns(project, guest, account):
    answer(account, TaskFactory(project=project))
    waiting = AssignmentFactory(hand=hand_of(guest, project))
    join(guest, account)
    waiting.refresh_from_db()
    assert waiting.state == "expired"


def test_rounds_go_along(project, guest, account):
    answer(guest, TaskFactory(project=project))
    join(guest, account)
    assert Round.objects.get().annotator == account
    answer(account, TaskFactory(project=project))
    assert Round.objects.get().annotations.count() == 2
