"""How long the gold lasts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quality.store import selectors
from quality.store.models import GoldPolicy, TaskState
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, play
from webapp.tasks.models import Assignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def project_with(n_open, n_gold, rate=0.3):
    project = ProjectFactory(redundancy=3)
    GoldPolicy.objects.create(project=project, rate=rate, spare_hands=0)
    TaskFactory.create_batch(n_open, project=project)
    for _ in range(n_gold):
        GoldFactory(task=TaskFactory(project=project))
    return project


def test_at_nobody_s_pace_it_lasts_for_ever():
    forecast = selectors.gold_forecast(project_with(20, 20), now=timezone.now())

    assert (forecast.gold.left, forecast.open.left) == (60, 60)
    assert forecast.gold.days == float("inf")
    assert (forecast.people, forecast.alarms) == ((), ())


def test_a_person_runs_out_of_what_they_have_not_seen():
    project = project_with(130, 55)
    person = GuestFactory()
    given = play(person, project, always("cat"), answers=40)
    now = timezone.now()
    Assignment.objects.filter(pk=given[0].assignment_id).update(claimed_at=now - timedelta(hours=6))
    n_gold = sum(answer.task_id in gold_ids(project) for answer in given)

    forecast = selectors.gold_forecast(project, now=now)

    (one,) = forecast.people
    seen = Assignment.objects.filter(annotator=person)
    assert one.id == person.pk
    assert one.gold.left == 55 - seen.filter(task__in=gold_ids(project)).count()
    assert one.open == 130 - seen.exclude(task__in=gold_ids(project)).count()
    assert one.gold.a_day == pytest.approx(4 * n_gold, rel=0.01)
    assert one.gold.low < one.gold.days < one.gold.high
    assert one.runs_short
    assert "1 of 1 people" in forecast.alarms[-1]


def test_a_stock_that_cannot_give_the_wanted_share_is_told():
    forecast = selectors.gold_forecast(project_with(90, 10), now=timezone.now())

    assert forecast.alarms == ("The gold in stock allows a share of 10% where 30% is wanted.",)


def test_a_share_is_no_news_where_every_open_task_is_released():
    project = project_with(90, 10)
    TaskState.objects.exclude(task__in=gold_ids(project)).update(state=TaskState.State.OPEN)

    assert selectors.gold_forecast(project, now=timezone.now()).alarms == ()


def gold_ids(project):
    from quality.store.models import GoldTruth

    return set(GoldTruth.objects.filter(project=project).values_list("task", flat=True))
