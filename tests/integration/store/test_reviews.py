"""Moderators' decisions, and what the read side shows of them."""

import pytest

from quality.store import selectors
from quality.store.models import Consensus, Review, TaskState
from quality.store.services import PolicyError, ReviewError, resolve_flags, retire_tasks, review, set_policy
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, StaffFactory, TaskFactory
from tests.players import always, play, tick
from webapp.annotations.services import flag
from webapp.images.models import Source
from webapp.tasks.models import Assignment, Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    """Six open tasks: two people said cat to all of them, a third said dog."""
    project = ProjectFactory(redundancy=3)
    for number, task in enumerate(TaskFactory.create_batch(6, project=project)):
        Source.objects.create(
            image=task.image, project=project, key=f"key {number}", name=f"cell {number}.png", width=64, height=48
        )
    for label in ("cat", "cat", "dog"):
        play(GuestFactory(), project, always(label), answers=9)
    tick()
    return project


def first(project) -> Task:
    return Task.objects.filter(project=project).first()


def state_of(task) -> str:
    return TaskState.objects.get(task=task).state


def decide(task, action, **rest):
    review(by=StaffFactory(), task_id=task.pk, action=action, **rest)


def test_accepting_keeps_the_label_and_takes_it_out_of_the_queue(project):
    task = first(project)
    assert len(selectors.review_queue(project)) == 6
    decide(task, "accept")
    consensus = Consensus.objects.get(task=task)
    assert (consensus.answer, consensus.source) == ({"kind": "class", "label": "cat"}, "revised")
    assert task.pk not in [row.id for row in selectors.review_queue(project)]


def test_a_revision_outranks_the_crowd_and_an_expert_outranks_a_revision(project):
    task = first(project)
    decide(task, "revise", answer={"kind": "class", "label": "dog"})
    TaskState.objects.update(stale=1)
    tick()
    assert Consensus.objects.get(task=task).answer == {"kind": "class", "label": "dog"}
    decide(task, "revise", answer={"kind": "nothing"}, as_expert=True)
    with pytest.raises(ReviewError, match="only an expert may change it"):
        decide(task, "revise", answer={"kind": "class", "label": "cat"})
    row = next(row for row in selectors.export_rows(project) if row.task_id == task.pk)
    assert (row.answer, row.source) == ({"kind": "nothing"}, "expert")
    assert len(row.votes) == 3


def test_retired_tasks_are_neither_dealt_nor_exported(project):
    task = first(project)
    assert retire_tasks(by=None, project=project, tasks=[task.pk]) == 1
    assert state_of(task) == "retired"
    assert task.pk not in [row.task_id for row in selectors.export_rows(project)]


def test_reopening_asks_for_as_many_answers_again(project):
    task = first(project)
    decide(task, "close")
    assert state_of(task) == "done"
    decide(task, "reopen")
    state = TaskState.objects.get(task=task)
    assert (state.state, state.counted, state.target) == ("open", 3, 6)


@pytest.mark.parametrize(
    "action, answer, sentence",
    [
        ("praise", None, "A decision is one of"),
        ("revise", None, "An answer must be an object"),
        ("revise", {"kind": "class", "label": "horse"}, "The label must be one of cat, dog"),
        ("revise", {"kind": "cannot_tell"}, "A revision says what the answer is"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_and_leaves_no_trace(project, action, answer, sentence):
    with pytest.raises(ReviewError, match=sentence):
        decide(first(project), action, answer=answer)
    assert not Review.objects.exists()


def test_the_answer_of_a_gold_task_is_not_revised(project):
    task = first(project)
    GoldFactory(task=task)
    with pytest.raises(ReviewError, match="This task's answer is known already"):
        decide(task, "accept")
    decide(task, "retire")
    assert selectors.gold_stock(project)["retired"] == 1


def test_a_task_is_shown_with_its_votes_weights_flags_and_decisions(project):
    task = first(project)
    assignment = Assignment.objects.filter(task=task).select_related("annotator").first()
    flag(by=assignment.annotator, assignment_id=assignment.pk, comment="Blurred.")
    decide(task, "accept", comment="Looks right.")
    shown = selectors.task_detail(project, task.pk)
    assert shown is not None
    assert [vote.answer["label"] for vote in shown.votes] == ["cat", "cat", "dog"]
    assert all(vote.counted and vote.weight is not None for vote in shown.votes)
    assert shown.consensus.source == "revised"
    assert shown.flags[0]["comment"] == "Blurred."
    assert shown.reviews[0]["comment"] == "Looks right."
    assert selectors.flagged(project)[0].comments == ("Blurred.",)
    assert resolve_flags(by=None, project=project, task_id=task.pk) == 1
    assert selectors.flagged(project) == []


def test_lists_are_filtered_and_paged(project):
    wanted = selectors.TaskFilter(search="cell 3")
    assert [row.name for row in selectors.tasks(project, wanted)] == ["cell 3.png"]
    assert selectors.count_tasks(project) == 6
    assert [row.name for row in selectors.tasks(project, offset=4, limit=9)] == ["cell 4.png", "cell 5.png"]
    assert selectors.count_tasks(project, selectors.TaskFilter(gold=True)) == 0
    assert selectors.task_detail(ProjectFactory(), first(project).pk) is None


def test_annotators_come_with_their_reliability(project):
    people = selectors.annotators(project)
    assert [person.answers for person in people] == [6, 6, 6]
    assert {person.n_gold for person in people} == {0}
    assert all(person.gold_place is None and person.low < person.mean < person.high for person in people)
    assert people[0].seconds == 1.5


def test_pictures_that_look_the_same_are_found(project):
    looks = ["00000000000000ff", "00000000000000fe", "ffff0000ffff0000", "123456789abcdef0", "00f0000000000000", ""]
    for source, look in zip(Source.objects.order_by("name"), looks, strict=True):
        Source.objects.filter(pk=source.pk).update(perceptual_hash=look)
    groups = selectors.duplicates(project)
    names = dict(Source.objects.values_list("image", "name"))
    assert [sorted(names[image.pk] for image in group) for group in groups] == [["cell 0.png", "cell 1.png"]]
    retire_tasks(by=None, project=project, tasks=[Task.objects.get(image=groups[0][0]).pk])
    assert selectors.duplicates(project) == []


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"rate": 0.9}, "rate lies between 0 and 0.35; it is 0.9"),
        ({"rate": "much"}, "rate lies between"),
        ({"mood": 1}, "there is no 'mood'"),
    ],
)
def test_a_policy_has_its_bounds(project, values, sentence):
    with pytest.raises(PolicyError, match=sentence):
        set_policy(by=None, project=project, **values)
