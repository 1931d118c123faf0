"""When more gold is wanted and of what: by the worker's clock, from stock, play and quarantine."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from quality.store.models import GoldTruth, Review, TaskState
from quality.supply import clock
from quality.supply.making import make
from quality.supply.models import Batch, Recipe
from quality.supply.planning import LabelRecord, label_records, labels_to_make
from quality.supply.services import SupplyError, approve_batch, order, set_recipe, trust_label
from tests.factories import AssignmentFactory, GoldFactory, GuestFactory, HandFactory, ProjectFactory, TaskFactory
from tests.integration.supply import lab
from webapp.annotations.models import Annotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def recipe(few, checkpoint):
    return set_recipe(by=None, project=lab.cells(), generator="cells", checkpoint=checkpoint, size=8)


def tick(now=None):
    clock._look.again()
    return clock.tick(now or timezone.now())


def test_the_clock_orders_what_the_next_release_lacks_and_asks_again_for_what_was_lost(recipe, asked):
    assert tick() == 1
    (batch,) = Batch.objects.all()
    assert batch.why == "The next release lacks 6 gold tasks."
    assert batch.plan["labels"] == ["dark", "light"]
    assert asked == [batch.pk]
    assert tick() == 0  # it is on its way
    clock._asked.again(batch.pk)  # as time does
    assert tick() == 1
    assert asked == [batch.pk, batch.pk]


def test_nothing_is_ordered_while_a_batch_waits_nor_soon_after_one_that_gave_no_gold(recipe, asked, generator):
    tick()
    make(asked[0])
    assert tick() == 0
    Batch.objects.update(state="rejected", decided_at=timezone.now())
    assert tick() == 0
    assert tick(timezone.now() + clock.RETRY_AFTER) == 1


def test_nothing_is_ordered_where_gold_is_plenty_or_the_recipe_rests(recipe, asked):
    Recipe.objects.update(active=False)
    assert tick() == 0
    Recipe.objects.update(active=True)
    for _ in range(6):
        GoldFactory(task=TaskFactory(project=recipe.project), answer={"kind": "class", "label": "dark"})
    assert tick() == 0
    assert not Batch.objects.exists()


def test_at_the_pace_of_play_gold_is_ordered_before_it_ends(recipe, asked):
    project = recipe.project
    for _ in range(30):
        GoldFactory(task=TaskFactory(project=project))
    person, now = GuestFactory(), timezone.now()
    TaskFactory.create_batch(60, project=project)
    hand = HandFactory(project=project, annotator=person)
    for truth in GoldTruth.objects.filter(project=project, state="approved")[:10]:
        AssignmentFactory(hand=hand, task=truth.task, claimed_at=now - timedelta(hours=2))
    tick(now)
    # Ten in two hours: what is left of ninety answers lasts most of a day.
    assert Batch.objects.get().why == "Gold lasts about 0.8 more days, wanted are 14."


def test_a_checkpoint_that_is_gone_is_told_and_held_answers_serve(recipe, asked, home):
    (home / "models" / "squares" / "config.json").unlink()
    assert tick() == 0
    batch = Batch.objects.get()
    assert (batch.state, batch.held_used) == ("refused", 6)
    assert batch.reason.startswith("There is no checkpoint 'squares'")


def test_without_a_generator_held_answers_become_gold_as_they_are_needed(asked):
    project = lab.cells()
    set_recipe(by=None, project=project, generator="held")
    assert tick() == 0
    assert tick() == 0
    assert not Batch.objects.exists()
    assert GoldTruth.objects.filter(project=project, state="approved").count() == 6
    with pytest.raises(SupplyError, match="By this recipe nothing is made"):
        order(by=None, project=project)


def test_labels_of_which_least_is_in_stock_are_made(recipe):
    project = recipe.project
    assert labels_to_make(project, recipe) == ["dark", "light"]
    GoldFactory(task=TaskFactory(project=project), answer={"kind": "class", "label": "dark"})
    assert labels_to_make(project, recipe) == ["light"]


def test_a_label_that_the_generator_gets_wrong_is_made_no_more_until_a_moderator_says_so(recipe, generator):
    project = recipe.project
    batch = order(by=None, project=project)
    make(batch.pk)
    approve_batch(by=None, project=project, batch_id=batch.pk)
    light = GoldTruth.objects.filter(pack__isnull=False, answer__label="light")
    TaskState.objects.filter(task__in=GoldTruth.objects.filter(pack__isnull=False).values("task")).update(counted=3)
    assert [(r.label, r.answered, r.wrong) for r in label_records(project, recipe)] == [("dark", 4, 0), ("light", 4, 0)]

    light.filter(pk__in=list(light.values_list("pk", flat=True)[:2])).update(state="quarantined")
    Review.objects.create(task_id=light.filter(state="approved").first().pk, action="revise")
    dark, bad = label_records(project, recipe)
    assert (bad.answered, bad.wrong, bad.is_barred, dark.is_barred) == (4, 3, True, False)
    assert labels_to_make(project, recipe) == ["dark"]

    trust_label(by=None, project=project, label="light")
    recipe.refresh_from_db()
    assert label_records(project, recipe)[1].answered == 0
    assert "light" in labels_to_make(project, recipe)


def test_gold_that_enough_people_answered_retires_once_it_has_all_its_answers(recipe, asked):
    project = recipe.project
    set_recipe(by=None, project=project, exposure_cap=3)
    seen, open_, fresh = (GoldFactory(task=TaskFactory(project=project, state="done")) for _ in range(3))
    TaskState.objects.filter(task=open_.task).update(state="open")
    for truth, people in ((seen, 3), (open_, 3), (fresh, 2)):
        for _ in range(people):
            person = GuestFactory()
            dealt = AssignmentFactory(hand=HandFactory(project=project, annotator=person), task=truth.task)
            Annotation.objects.create(assignment=dealt, task=truth.task, annotator=person, answer={"kind": "nothing"})
    tick()
    states = [TaskState.objects.get(task=truth.task).state for truth in (seen, open_, fresh)]
    assert states == ["retired", "open", "done"]
    assert GoldTruth.objects.get(pk=seen.pk).state == "approved"  # late answers are graded


def test_a_recipe_that_cannot_work_is_refused(few, checkpoint, home):
    project = lab.cells()
    for values, told in (
        ({"generator": "insert"}, "No generator 'insert' makes gold for class projects"),
        ({"checkpoint": "../squares"}, "Expected the name of a folder under the models folder"),
        ({"checkpoint": "none"}, "There is no checkpoint 'none'"),
        ({"size": 2}, "size lies between 4 and 5000"),
        ({"exposure_cap": 2}, "Gold retires after 3 people at the earliest"),
        ({"colour": 1}, "A recipe has no 'colour'"),
    ):
        with pytest.raises(SupplyError, match=told):
            set_recipe(by=None, project=project, **{"generator": "cells", "checkpoint": checkpoint, **values})
    other = ProjectFactory(labels=["dark"])
    with pytest.raises(SupplyError, match="draws 'light', which the project's label set does not have"):
        set_recipe(by=None, project=other, generator="cells", checkpoint=checkpoint)
    card = {"data": {"labels_from": {"crowd": 40, "expert": 2}}}
    (home / "models" / "squares" / "card.json").write_text(json.dumps(card))
    with pytest.raises(SupplyError, match="'squares' learnt from the crowd's labels"):
        set_recipe(by=None, project=project, generator="cells", checkpoint=checkpoint)
    assert not Recipe.objects.exists()


def test_one_bad_truth_bars_no_label():
    barred = [
        (wrong, n) for wrong, n in ((1, 1), (2, 3), (2, 4), (3, 8), (3, 9)) if LabelRecord("x", n, wrong).is_barred
    ]
    assert barred == [(2, 3), (3, 8)]
