"""Gold that good people keep answering otherwise."""

import pytest

from quality.store import disputes, reliability, selectors
from quality.store.models import GoldPolicy, GoldTruth, Grade, ReliabilitySnapshot, Review, TaskState
from quality.store.services import GoldError, ReviewError, correct_gold, restore
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, StaffFactory, TaskFactory
from tests.players import always, play, tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    """Eight truths say cat; a ninth says dog, on a picture that everybody takes for a cat."""
    project = ProjectFactory(redundancy=8)
    GoldPolicy.objects.create(project=project, rate=0.33, spare_hands=0)
    TaskFactory.create_batch(20, project=project)
    for _ in range(8):
        GoldFactory(task=TaskFactory(project=project))
    GoldFactory(task=TaskFactory(project=project), answer={"kind": "class", "label": "dog"})
    return project


@pytest.fixture
def wrong(project):
    return GoldTruth.objects.get(answer__label="dog")


def played_by(project, people, label="cat"):
    for person in people:
        play(person, project, always(label), answers=40)
    tick()


def quarantined(project):
    disputes.quarantine_disputed(project)
    return set(GoldTruth.objects.filter(state="quarantined").values_list("task", flat=True))


def test_good_people_who_agree_against_it_put_it_aside(project, wrong):
    people = GuestFactory.create_batch(8)
    played_by(project, people)

    assert quarantined(project) == {wrong.task_id}
    assert not Grade.objects.filter(task=wrong.task, gold_score__isnull=False).exists()
    for snapshot in ReliabilitySnapshot.objects.filter(project=project):
        # As if it had never been: nothing but right answers is left.
        assert snapshot.n_gold == Grade.objects.filter(annotator=snapshot.annotator, gold_score=1).count() > 0

    # Before, it is on the page of disputed gold.
    GoldTruth.objects.filter(pk=wrong.pk).update(state="approved")
    disputes._back_in_use(project, [wrong.task_id])
    assert [item.row.id for item in selectors.disputed_gold(project)] == [wrong.task_id]


def test_guessers_put_nothing_aside(project):
    played_by(project, GuestFactory.create_batch(8), label="dog")

    assert quarantined(project) == set()


def test_a_moderator_who_says_it_is_right_has_everyone_graded_again_and_it_stays(project, wrong):
    played_by(project, GuestFactory.create_batch(8))
    quarantined(project)
    staff = StaffFactory()
    reliability.refresh(project)
    before = {s.annotator_id: s.mean for s in ReliabilitySnapshot.objects.all()}

    assert restore(by=staff, project=project, tasks=[wrong.task_id]) == 1

    assert Grade.objects.filter(task=wrong.task, gold_score=0).count() == Grade.objects.filter(task=wrong.task).count()
    touched = set(Grade.objects.filter(task=wrong.task).values_list("annotator", flat=True))
    assert all(s.mean < before[s.annotator_id] for s in ReliabilitySnapshot.objects.filter(annotator__in=touched))
    assert Review.objects.get().by == staff
    assert quarantined(project) == set()


def test_a_moderator_who_sets_it_right_has_everyone_graded_by_that(project, wrong):
    played_by(project, GuestFactory.create_batch(8))
    quarantined(project)

    correct_gold(by=StaffFactory(), project=project, task_id=wrong.task_id, answer={"kind": "class", "label": "cat"})

    assert set(Grade.objects.filter(task=wrong.task).values_list("gold_score", flat=True)) == {1.0}
    assert GoldTruth.objects.get(pk=wrong.pk).state == "approved"
    assert Review.objects.get().action == "revise"


def test_what_cannot_be_set_right(project, wrong):
    open_task = TaskState.objects.exclude(task__in=GoldTruth.objects.values("task")).first()

    with pytest.raises(GoldError, match="no known answer"):
        correct_gold(by=None, project=project, task_id=open_task.task_id, answer={"kind": "nothing"})
    with pytest.raises(ReviewError, match="nobody can tell"):
        correct_gold(by=None, project=project, task_id=wrong.task_id, answer={"kind": "cannot_tell"})
