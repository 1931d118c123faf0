"""Stopping by risk: how many answers a task wants as things stand, alike for gold and open."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quality.domain.rubrics import RubricResult
from quality.store import fusing, grading, reliability, weighing
from quality.store.models import GoldPolicy, GoldTruth, ReliabilitySnapshot, TaskState
from quality.store.services import PolicyError, review, set_policy
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, StaffFactory, TaskFactory
from tests.players import always, play, tick
from webapp.accounts.models import User


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch):
    monkeypatch.setattr(weighing, "_class_priors", {})


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def project_by_risk(n_open=4, n_gold=0, *, redundancy=5, **policy):
    project = ProjectFactory(redundancy=redundancy)
    values = {"stopping": "risk", "risk_goal": 0.05, "spare_hands": 0, "rate": 0.5, **policy}
    GoldPolicy.objects.create(project=project, **values)
    TaskFactory.create_batch(n_open, project=project)
    for _ in range(n_gold):
        GoldFactory(task=TaskFactory(project=project))
    return project


def learn(project, person, number, *, guesses=False):
    """So many known answers of a person, cats and dogs in turn; right, or right every other time."""
    lessons = []
    for turn in range(number):
        truth, other = ("cat", "dog") if turn % 2 else ("dog", "cat")
        said = other if guesses and turn // 2 % 2 else truth
        lessons.append((person.pk, RubricResult(float(said == truth), {"truth": truth, "said": said})))
    reliability.learn(project, lessons)


def trusted(project):
    """Somebody whom the site knows well."""
    person = GuestFactory()
    learn(project, person, 40)
    return person


def disappoint(project):
    """Everybody turns out to guess."""
    people = list(ReliabilitySnapshot.objects.values_list("annotator", flat=True))
    ReliabilitySnapshot.objects.all().delete()
    for person in User.objects.filter(pk__in=people):
        learn(project, person, 60, guesses=True)
    reliability.mark_moved(project)


def states(project):
    return list(TaskState.objects.filter(project=project).order_by("draw").values_list("state", "counted", "wanted"))


def test_two_whom_the_site_knows_are_enough_where_they_agree():
    project = project_by_risk(4)
    for person in [trusted(project), trusted(project)]:
        play(person, project, always("cat"))
    tick()

    assert states(project) == [("done", 2, 2)] * 4
    assert play(trusted(project), project, always("cat")) == []
    assert all(risk < 0.05 for risk in TaskState.objects.values_list("risk", flat=True))


def test_one_more_is_asked_as_long_as_they_do_not():
    project = project_by_risk(3)
    play(trusted(project), project, always("cat"))
    play(trusted(project), project, always("dog"))
    tick()

    assert states(project) == [("open", 2, 3)] * 3
    play(trusted(project), project, always("cat"))
    tick()
    assert {counted for _, counted, _ in states(project)} == {3}


def test_strangers_are_asked_for_a_third():
    project = project_by_risk(3, risk_goal=0.2)
    for _ in range(2):
        play(GuestFactory(), project, always("cat"))
    tick()
    assert states(project) == [("open", 2, 3)] * 3


def test_no_more_than_wanted_are_dealt_at_the_same_time():
    project = project_by_risk(3)
    people = [trusted(project) for _ in range(4)]
    for person in people:
        play(person, project, always("cat"), answers=1)

    assert all(counted + held <= 2 for counted, held in TaskState.objects.values_list("counted", "held"))


def test_i9_the_target_is_the_most():
    project = project_by_risk(2, redundancy=3, risk_goal=0.001)
    for number in range(6):
        play(trusted(project), project, always("cat" if number % 2 else "dog"))
    tick()

    assert states(project) == [("done", 3, None)] * 2


def test_i3_gold_stops_as_open_tasks_do():
    project = project_by_risk(24, 6)
    for person in [trusted(project), trusted(project)]:
        play(person, project, always("cat"), answers=30)
    tick()

    gold = TaskState.objects.filter(task__in=GoldTruth.objects.values("task"))
    answered = {
        kind: set(found.filter(counted=2).values_list("state", "wanted"))
        for kind, found in {"gold": gold, "open": TaskState.objects.exclude(pk__in=gold)}.items()
    }
    assert answered == {"gold": {("done", 2)}, "open": {("done", 2)}}


def test_a_task_opens_again_when_its_people_turn_out_to_be_worth_less():
    project = project_by_risk(3)
    for person in [trusted(project), trusted(project)]:
        play(person, project, always("cat"))
    tick()
    assert {state for state, *_ in states(project)} == {"done"}

    disappoint(project)
    fusing.refresh_stale()

    assert states(project) == [("open", 2, 3)] * 3


def test_what_a_moderator_closed_stays_closed_and_what_was_reopened_gets_all_its_answers():
    project = project_by_risk(2)
    for person in [trusted(project), trusted(project)]:
        play(person, project, always("cat"))
    tick()
    closed, reopened = TaskState.objects.order_by("draw")
    staff = StaffFactory()
    review(by=staff, task_id=closed.task_id, action="close")
    review(by=staff, task_id=reopened.task_id, action="reopen")
    disappoint(project)
    fusing.refresh_stale()

    assert [state for state, *_ in states(project)] == ["done", "open"]
    TaskState.objects.update(stale=1)
    ReliabilitySnapshot.objects.all().delete()
    for person in User.objects.all():
        learn(project, person, 40)
    fusing.refresh_stale()
    assert [state for state, *_ in states(project)] == ["done", "open"]


def test_a_new_rule_holds_at_once_and_the_old_one_can_come_back():
    project = project_by_risk(3, stopping="fixed")
    for person in [trusted(project), trusted(project)]:
        play(person, project, always("cat"))
    tick()
    assert states(project) == [("open", 2, None)] * 3

    set_policy(by=None, project=project, stopping="risk", risk_goal=0.05, least_votes=2)
    fusing.refresh_stale()
    assert states(project) == [("done", 2, 2)] * 3

    set_policy(by=None, project=project, stopping="fixed")
    fusing.refresh_stale()
    assert states(project) == [("open", 2, None)] * 3


@pytest.mark.parametrize(
    ("values", "message"),
    [({"stopping": "luck"}, "fixed, risk"), ({"risk_goal": 0.9}, "between 0.001 and 0.5"), ({"goal": 1}, "no 'goal'")],
)
def test_policies_that_cannot_be_are_refused(values, message):
    project = project_by_risk(0)

    with pytest.raises(PolicyError, match=message):
        set_policy(by=None, project=project, **values)


def test_fusing_many_tasks_takes_no_more_queries_than_fusing_few():
    counts = []
    for number in (2, 8):
        project = project_by_risk(number)
        play(trusted(project), project, always("cat"))
        grading.tick(timezone.now())
        TaskState.objects.filter(project=project).update(stale=1, wanted=None)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            fusing.refresh_stale()
        counts.append(len(queries))
    assert counts[0] == counts[1]
