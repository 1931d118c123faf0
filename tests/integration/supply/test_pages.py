"""The pages of making gold: recipe, stock by label, a batch's pictures beside their truths and its gates' figures."""

import re

import pytest

from quality.store.models import GoldTruth
from quality.supply.making import make
from quality.supply.models import Batch, Recipe
from quality.supply.services import order, set_recipe
from tests.factories import StaffFactory
from tests.integration.supply import lab
from webapp.accounts.services import set_staff_password
from webapp.projects.models import Membership

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_pages_without_a_build")]


@pytest.fixture
def project(few, checkpoint):
    return lab.cells()


@pytest.fixture
def browser(client, project):
    member = StaffFactory(username="moderator", role="moderator")
    set_staff_password(member=member, password="quartz-lantern")
    Membership.objects.create(project=project, member=member)
    client.post("/staff/login/", {"username": "moderator", "password": "quartz-lantern"})
    return client


def text(reply):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def test_a_recipe_is_set_and_a_batch_ordered(browser, project):
    path = f"/staff/projects/{project.slug}/gold/making/"
    form = {
        "action": "recipe",
        "generator": "cells",
        "checkpoint": "squares",
        "size": 8,
        "steps": 6,
        "guidance": "1,5",
        "spare": 1.5,
        "days": 10,
        "material": 100,
        "exposure_cap": "",
    }
    assert "The recipe is saved." in text(browser.post(path, form, follow=True))
    recipe = Recipe.objects.get()
    assert (recipe.guidance, recipe.days, recipe.active, recipe.exposure_cap) == (1.5, 10, False, None)
    refused = text(browser.post(path, {**form, "exposure_cap": 1}, follow=True))
    assert "Gold retires after 3 people at the earliest" in refused
    shown = text(browser.get(path))
    assert "6 missing The next release lacks 6 gold tasks." in shown
    assert "A batch is on its way" in text(browser.post(path, {"action": "order"}, follow=True))
    assert Batch.objects.get().by.username == "moderator"
    again = text(browser.post(path, {"action": "order"}, follow=True))
    assert "A batch is on its way, or waits for a decision, already." in again


def test_a_batch_is_looked_at_and_approved_without_what_is_ticked(browser, project, generator):
    set_recipe(by=None, project=project, generator="cells", checkpoint="squares", size=8)
    batch = order(by=None, project=project, why="The stock is low.")
    path = f"/staff/projects/{project.slug}/gold/batches/{batch.pk}/"
    assert "No worker has taken it up yet." in text(browser.get(path))
    make(batch.pk)
    assert f"Look at batch {batch.pk}" in text(browser.get(f"/staff/projects/{project.slug}/gold/"))
    reply = browser.get(path)
    assert reply.content.decode().count('name="task"') == 8
    shown = text(reply)
    assert "8 pictures" in shown
    assert "Realism File size 0.50, surely below 0.55 surely below 0.60, not under 0.40 passed" in shown
    assert "Memorisation Copies of real pictures 1.0% at most 2% passed" in shown
    out = str(GoldTruth.objects.filter(state="candidate").first().task_id)
    reply = browser.post(path, {"action": "approve", "task": [out]}, follow=True)
    assert "7 pictures are gold from the next release on; 1 picture is put away." in text(reply)
    assert "Approved by moderator" in text(reply)
    assert "does not wait for a decision" in text(browser.post(path, {"action": "reject"}, follow=True))


def test_a_batch_that_was_refused_says_why_and_what_serves_instead(browser, project, generator):
    generator.fails = "fidelity"
    set_recipe(by=None, project=project, generator="cells", checkpoint="squares", size=8)
    batch = order(by=None, project=project)
    make(batch.pk)
    shown = text(browser.get(f"/staff/projects/{project.slug}/gold/batches/{batch.pk}/"))
    assert "Too many pictures do not show what their label says: 97% do, of real ones 98%." in shown
    assert "6 real pictures that experts labelled, held back until now, are gold instead." in shown


def test_nobody_decides_on_a_batch_of_another_project(browser, project, generator):
    other = lab.cells()
    set_recipe(by=None, project=other, generator="cells", checkpoint="squares", size=8)
    batch = order(by=None, project=other)
    path = f"/staff/projects/{project.slug}/gold/batches/{batch.pk}/"
    assert browser.get(path).status_code == browser.post(path, {"action": "approve"}).status_code == 404
