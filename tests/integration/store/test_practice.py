"""Practice: expert-labelled pictures that nobody saw, out of gold for ever; answers are judged and never stored."""

import json

import pytest
from django.db import connection

from quality.store import selectors
from quality.store.gold import GoldError, split_gold
from quality.store.models import GoldTruth, Grade, TaskState
from quality.store.practice import drop_practice, explain_practice, make_practice
from tests.contracts.leaks import read_all
from tests.factories import (
    AssignmentFactory,
    GoldFactory,
    GuestFactory,
    HandFactory,
    ImageFactory,
    ProjectFactory,
    TaskFactory,
)
from tests.players import always, play
from webapp.accounts.services import consent_text, join_guest
from webapp.annotations.models import Annotation
from webapp.game.models import PracticeItem
from webapp.tasks.models import Assignment, Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    return ProjectFactory()


def known(project, *, state="held", origin="expert", **task):
    return GoldFactory(task=TaskFactory(project=project, **task), state=state, origin=origin)


def test_a_held_answer_becomes_practice_and_is_never_gold_again(project):
    truth = known(project)
    (item,) = make_practice(by=None, project=project, tasks=[truth.task_id], explanation="  Look at the\n ears. ")
    assert (item.file, item.answer, item.explanation) == (truth.task.image.file, truth.answer, "Look at the ears.")
    truth.refresh_from_db()
    assert truth.state == GoldTruth.State.RETIRED
    assert TaskState.objects.get(task=truth.task).state == TaskState.State.RETIRED
    assert split_gold(by=None, project=project, tasks=[truth.task_id]) == 0
    drop_practice(by=None, project=project, item=item.pk)
    assert split_gold(by=None, project=project, tasks=[truth.task_id]) == 0
    assert list(selectors.practice_offered(project, limit=10)) == []


def test_what_is_practice_is_dealt_to_nobody(project):
    TaskFactory.create_batch(20, project=project)
    approved = [known(project, state="approved") for _ in range(20)]
    make_practice(by=None, project=project, tasks=[t.task_id for t in approved[:15]], explanation="Ears.")
    for _ in range(3):
        play(GuestFactory(), project, always("cat"), answers=25)
    dealt = set(Assignment.objects.values_list("task", flat=True))
    assert dealt & {t.task_id for t in approved[15:]}
    assert not dealt & {t.task_id for t in approved[:15]}


def test_only_expert_answers_to_pictures_that_nobody_saw_are_fit(project):
    made, seen, quarantined, fit = (
        known(project, origin="synthetic"),
        known(project, state="approved"),
        known(project, state="quarantined"),
        known(project, state="candidate"),
    )
    AssignmentFactory(hand=HandFactory(project=project), task=seen.task)
    offered = {item.row.id for item in selectors.practice_offered(project, limit=10)}
    assert offered == {fit.task_id}
    tasks = [t.task_id for t in (made, seen, quarantined, fit)]
    assert len(make_practice(by=None, project=project, tasks=tasks, explanation="Ears.")) == 1
    assert GoldTruth.objects.get(pk=seen.pk).state == GoldTruth.State.APPROVED


def test_all_tasks_of_the_picture_end_with_it():
    project = ProjectFactory(kind="mask", labels=["liver", "spleen"])
    image = ImageFactory(project=project)
    liver, spleen = (TaskFactory(project=project, image=image, label=label) for label in project.labels.all())
    truths = [GoldFactory(task=task, state="held", answer={"kind": "nothing"}) for task in (liver, spleen)]
    (item,) = make_practice(by=None, project=project, tasks=[liver.pk], explanation="Not in this slice.")
    assert item.label.key == "liver"
    assert {t.state for t in GoldTruth.objects.filter(pk__in=[t.pk for t in truths])} == {"retired"}
    assert {s.state for s in TaskState.objects.filter(task__image=image)} == {"retired"}


def test_a_reason_is_asked_for(project):
    truth = known(project)
    with pytest.raises(GoldError, match="Say in a sentence or two why"):
        make_practice(by=None, project=project, tasks=[truth.task_id], explanation=" ")
    with pytest.raises(GoldError, match="has at most 500 characters; this one has 501"):
        make_practice(by=None, project=project, tasks=[truth.task_id], explanation="x" * 501)
    (item,) = make_practice(by=None, project=project, tasks=[truth.task_id], explanation="Ears.")
    explain_practice(by=None, project=project, item=item.pk, explanation="Whiskers.")
    assert [entry["explanation"] for entry in selectors.practice_items(project)] == ["Whiskers."]
    with pytest.raises(GoldError, match="no such picture"):
        drop_practice(by=None, project=ProjectFactory(), item=item.pk)


def test_practising_stores_nothing_at_all(project, client):
    truth = known(project)
    (item,) = make_practice(by=None, project=project, tasks=[truth.task_id], explanation="Ears.")
    token = join_guest(consent_version="2")[1]
    key = {"Authorization": f"Token {token}"}
    before = read_all()
    room = client.get(f"/api/v1/play/projects/{project.slug}/practice", headers=key).json()
    assert [entry["id"] for entry in room["items"]] == [str(item.pk)]
    assert "answer" not in json.dumps(room)
    replies = [
        client.post(
            f"/api/v1/play/practice/{item.pk}", json.dumps({"answer": answer}), "application/json", headers=key
        ).json()
        for answer in ({"kind": "class", "label": "cat"}, {"kind": "class", "label": "dog"}, {"kind": "cannot_tell"})
    ]
    assert [reply["score"] for reply in replies] == [100, 0, None]
    assert {(reply["truth"]["label"], reply["explanation"]) for reply in replies} == {("cat", "Ears.")}
    assert read_all() == before
    assert not Annotation.objects.exists()
    assert not Grade.objects.exists()


@pytest.mark.parametrize("answer", [{"kind": "class", "label": "eel"}, {"kind": "box", "boxes": []}])
def test_what_is_no_answer_is_refused_in_practice_too(project, client, answer):
    (item,) = make_practice(by=None, project=project, tasks=[known(project).task_id], explanation="Ears.")
    key = {"Authorization": f"Token {join_guest(consent_version=consent_text().version)[1]}"}
    body = json.dumps({"answer": answer})
    assert client.post(f"/api/v1/play/practice/{item.pk}", body, "application/json", headers=key).status_code == 400


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot hide rows from a part of one process.")
def test_i1_a_practice_picture_leads_to_no_task(project):
    truth = known(project)
    make_practice(by=None, project=project, tasks=[truth.task_id], explanation="Ears.")
    assert PracticeItem.objects.exists()
    assert Task.objects.exists()
    tables = read_all()
    assert tables["game_practiceitem"]
    assert tables["tasks_task"] == tables["images_image"] == []
