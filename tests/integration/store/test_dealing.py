"""The dealer: who is dealt what, and when."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quality.store import dealing
from quality.store.models import GoldPolicy, GoldTruth, Reservation, ServedGold, TaskState
from tests.factories import GoldFactory, GuestFactory, HandFactory, ProjectFactory, StaffFactory, TaskFactory
from tests.players import always, claim, later, play, tick
from webapp.tasks import leases
from webapp.tasks.models import Assignment, Hand
from webapp.tasks.services import Claim, Nothing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def project_with(n_open, n_gold, *, redundancy=3, **policy):
    project = ProjectFactory(redundancy=redundancy)
    GoldPolicy.objects.create(project=project, **policy)
    TaskFactory.create_batch(n_open, project=project)
    for _ in range(n_gold):
        GoldFactory(task=TaskFactory(project=project))
    return project


def present(project, person=None) -> Hand:
    return HandFactory(project=project, annotator=person or GuestFactory(), asked_at=timezone.now())


def deal(seed=0, now=None):
    dealing.tick(now or timezone.now(), rng=np.random.default_rng(seed))


def gold_ids():
    return set(GoldTruth.objects.filter(state="approved").values_list("task", flat=True))


def test_a_hand_is_filled_with_different_tasks_each_holding_a_place():
    project = project_with(40, 10, spare_hands=0)
    hand = present(project)
    deal()
    dealt = list(hand.assignments.order_by("place"))
    assert len(dealt) == 12
    assert len({a.task_id for a in dealt}) == 12
    assert [a.place for a in dealt] == list(range(12))
    assert {a.annotator for a in dealt} == {hand.annotator}
    assert Reservation.objects.count() == 12
    assert sum(TaskState.objects.values_list("held", flat=True)) == 12


def test_the_rate_of_gold_is_the_wanted_one_and_the_places_are_random():
    project = project_with(400, 100, redundancy=5, rate=0.2, spare_hands=0)
    hands = [present(project) for _ in range(60)]
    deal()
    gold = gold_ids()
    places = Counter(
        place for hand in hands for place, task in hand.assignments.values_list("place", "task") if task in gold
    )
    share = sum(places.values()) / (12 * len(hands))
    assert 0.15 < share < 0.25
    assert set(places) == set(range(12))
    assert max(places.values()) < 30


def test_i5_gold_and_open_are_met_by_alike_many_people():
    project = project_with(160, 40, redundancy=4, rate=0.2, spare_hands=0)
    for _ in range(12):
        play(GuestFactory(), project, always("cat"), answers=40)
    gold = gold_ids()
    counts = dict(TaskState.objects.values_list("task", "counted"))
    mean_gold = np.mean([counts[task] for task in gold])
    mean_open = np.mean([n for task, n in counts.items() if task not in gold])
    assert max(counts.values()) <= 4
    assert abs(mean_gold - mean_open) < 0.6


def test_i3_gold_and_open_are_released_together_in_proportion():
    project = project_with(300, 75, rate=0.2, release_size=100, spare_hands=0)
    present(project)
    deal()
    released = TaskState.objects.filter(state=TaskState.State.OPEN)
    assert released.count() == 100
    assert released.filter(task__in=gold_ids()).count() == 20


def test_without_open_tasks_no_gold_is_dealt():
    project = project_with(0, 30)
    person = GuestFactory()
    assert claim(person, project) == Nothing()
    assert not Assignment.objects.exists()


def test_the_rate_is_what_the_stock_allows():
    project = project_with(190, 10, rate=0.3, release_size=100, spare_hands=0)
    present(project)
    deal()
    assert GoldPolicy.objects.get().released_rate == 0.05
    assert TaskState.objects.filter(state="open", task__in=gold_ids()).count() in (5, 6)


def test_nobody_sees_a_task_twice_even_after_everything_was_seen():
    project = project_with(15, 0, redundancy=5)
    person = GuestFactory()
    given = play(person, project, always("cat"), answers=99)
    assert len(given) == len({a.task_id for a in given}) == 15
    assert claim(person, project) == Nothing()
    TaskFactory(project=project)
    Hand.objects.update(asked_at=None)
    assert isinstance(claim(person, project), Claim)


def test_people_who_could_see_a_truth_are_dealt_none_and_take_no_spare_hand():
    project = project_with(60, 30, rate=0.33)
    staff = StaffFactory()
    deal()
    assert Hand.objects.filter(annotator=None).count() == 3
    given = play(staff.user, project, always("cat"), answers=40)
    assert len(given) == 40
    assert not {a.task_id for a in given} & gold_ids()


def test_spare_hands_are_ready_before_anybody_asks():
    project = project_with(100, 20, spare_hands=3)
    deal()
    spares = Hand.objects.filter(annotator=None)
    assert [hand.assignments.count() for hand in spares] == [12, 12, 12]
    assert isinstance(claim(GuestFactory(), project), Claim)
    deal()
    assert spares.count() >= 3


def test_spare_hands_grow_with_a_classroom():
    project_with(600, 0, redundancy=5, spare_hands=3)
    now = timezone.now()
    for _ in range(4):
        deal(now=now)
        for hand in list(Hand.objects.filter(annotator=None)):
            Hand.objects.filter(pk=hand.pk).update(annotator=GuestFactory(), asked_at=now)
    deal(now=now)
    assert Hand.objects.filter(annotator=None).count() > 20


def test_reservations_that_nobody_saw_return_and_may_be_dealt_again():
    project = project_with(12, 0, redundancy=1, spare_hands=0)
    hand = present(project)
    deal()
    assert hand.assignments.count() == 12
    leases.tick(later(minutes=21))
    Hand.objects.update(asked_at=None)
    deal()
    assert not Assignment.objects.exists()
    assert set(TaskState.objects.values_list("held", flat=True)) == {0}
    Hand.objects.update(asked_at=timezone.now())
    deal()
    assert hand.assignments.count() == 12


def test_who_left_holds_no_places_that_others_wait_for():
    project = project_with(12, 0, redundancy=1, spare_hands=0)
    left = present(project)
    deal()
    assert left.assignments.count() == 12
    for minutes in (3, 4, 14):
        tick(later(minutes=minutes))
        assert not Reservation.objects.exists()
    Hand.objects.filter(pk=left.pk).update(asked_at=later(minutes=-14))
    assert isinstance(claim(GuestFactory(), project), Claim)


def test_a_skipped_task_is_for_somebody_else():
    project = project_with(1, 0, redundancy=1, spare_hands=0)
    person = GuestFactory()
    got = claim(person, project)
    from webapp.tasks.services import skip

    skip(by=person, assignment_id=got.assignment_id)
    assert claim(person, project) == Nothing()
    assert isinstance(claim(GuestFactory(), project), Claim)


def test_somebody_who_is_here_comes_before_spare_hands():
    project = project_with(12, 0, redundancy=1)
    GoldPolicy.objects.update(spare_hands=3)
    TaskState.objects.update(state=TaskState.State.OPEN)
    spare = HandFactory(project=project)
    from quality.store.hands import Pool, fill

    fill(spare.pk, Pool.load(project, GoldPolicy.objects.get()), now=timezone.now(), rng=np.random.default_rng(1))
    assert spare.assignments.count() == 12
    hand = present(project)
    deal()
    assert hand.assignments.count() == 12
    assert spare.assignments.count() == 0


def test_i9_a_late_answer_counts_only_where_a_place_is_free():
    from webapp.annotations.services import submit

    project = project_with(1, 0, redundancy=1, spare_hands=0)
    slow, quick = GuestFactory(), GuestFactory()
    late = claim(slow, project)
    tick(later(minutes=30))
    got = claim(quick, project)
    assert isinstance(got, Claim)
    submit(by=quick, assignment_id=got.assignment_id, answer={"kind": "nothing"})
    submit(by=slow, assignment_id=late.assignment_id, answer={"kind": "nothing"})
    tick()
    state = TaskState.objects.get()
    assert (state.counted, state.held, state.state) == (1, 0, "done")


def test_pictures_that_may_bear_text_wait():
    project = project_with(3, 0)
    TaskState.objects.update(state=TaskState.State.BLOCKED)
    assert claim(GuestFactory(), project) == Nothing()


def test_what_was_dealt_is_never_withdrawn():
    from quality.store.services import quarantine

    project = project_with(20, 10, rate=0.33, spare_hands=0)
    hand = present(project)
    deal()
    before = set(hand.assignments.values_list("task", flat=True))
    assert before & gold_ids()
    quarantine(by=None, project=project, tasks=gold_ids())
    deal()
    assert set(hand.assignments.values_list("task", flat=True)) == before
    assert timedelta(0) < hand.assignments.first().held_until - timezone.now()


def test_what_share_of_gold_a_hand_was_dealt_is_on_record():
    project = project_with(400, 100, redundancy=5, rate=0.2, spare_hands=0)
    hands = [present(project) for _ in range(20)]
    for _ in range(2):
        deal()
        Hand.objects.update(asked_at=timezone.now())
        Assignment.objects.update(state="answered")
    rows = list(ServedGold.objects.all())
    gold = gold_ids()
    for row in rows:
        dealt = list(Assignment.objects.filter(hand=row.hand_id).values_list("task", flat=True))
        assert (row.places, row.gold, row.first_rate) == (len(dealt), len(gold.intersection(dealt)), 0.2)
        assert 0 < row.variance < row.expected < 0.26 * row.places
    assert len(rows) == len(hands)
    spread = sum(row.variance for row in rows) ** 0.5
    assert abs(sum(row.gold for row in rows) - sum(row.expected for row in rows)) < 4 * spread


def test_dealing_from_a_large_pool_takes_no_more_queries_than_from_a_small_one():
    counts = []
    for size in (40, 160):
        project = project_with(size, size // 4, spare_hands=0, release_size=size)
        deal()
        present(project)
        with CaptureQueriesContext(connection) as queries:
            deal()
        counts.append(len(queries))
        project.state = "closed"
        project.save()
    assert counts[0] == counts[1]
