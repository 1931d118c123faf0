"""Claiming: one read, one write, no choice; the person's own questions and nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import AssignmentFactory, GuestFactory, HandFactory, ProjectFactory
from tests.players import play_tier
from webapp.annotations.services import submit
from webapp.projects.models import Project
from webapp.tasks import leases
from webapp.tasks.models import Assignment, Hand, Round
from webapp.tasks.services import Behind, Claim, Conflict, Nothing, NotYours, claim_next, skip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


@pytest.fixture
def project():
    return ProjectFactory(round_size=3, lease_seconds=60)


@pytest.fixture
def person():
    return GuestFactory()


def deal(project, person, number=5):
    hand = HandFactory(project=project, annotator=person)
    return AssignmentFactory.create_batch(number, hand=hand)


def claim(person, project, **options):
    with play_tier():
        return claim_next(by=person, project=project, **options)


def answer(person, got):
    with play_tier():
        return submit(by=person, assignment_id=got.assignment_id, answer={"kind": "class", "label": "cat"})


def test_the_lowest_place_comes_first_and_the_next_pictures_are_named(project, person):
    dealt = deal(project, person, 6)
    got = claim(person, project)
    assert isinstance(got, Claim)
    assert got.assignment_id == dealt[0].pk
    assert got.image.file == dealt[0].task.image.file
    assert (got.image.width, got.image.height) == (64, 48)
    assert got.prefetch == tuple(a.task.image.file for a in dealt[1:4])
    assert (got.position, got.size) == (1, 3)


def test_the_lease_starts_with_the_claim(project, person):
    deal(project, person)
    now = timezone.now()
    got = claim(person, project, now=now)
    claimed = Assignment.objects.get(pk=got.assignment_id)
    assert claimed.state == "claimed"
    assert claimed.held_until == now + timedelta(seconds=60)


def test_asking_again_gives_the_same_question_and_renews_its_lease(project, person):
    deal(project, person)
    now = timezone.now()
    first = claim(person, project, now=now)
    again = claim(person, project, now=now + timedelta(seconds=30))
    assert again == first
    assert Assignment.objects.get(pk=first.assignment_id).held_until == now + timedelta(seconds=90)
    assert Assignment.objects.filter(state="claimed").count() == 1
    assert Round.objects.count() == 1


def test_a_claim_in_the_middle_of_a_round_is_one_read_and_one_write(project, person, django_assert_num_queries):
    deal(project, person)
    now = timezone.now()
    answer(person, claim(person, project, now=now))
    Hand.objects.update(asked_at=now)
    with django_assert_num_queries(2):
        claim_next(by=person, project=project, now=now)


def test_a_round_counts_answers_and_replaces_what_is_skipped(project, person):
    deal(project, person, 8)
    positions = []
    for step in range(5):
        got = claim(person, project)
        positions.append(got.position)
        if step == 1:
            with play_tier():
                skip(by=person, assignment_id=got.assignment_id)
        else:
            answer(person, got)
    assert positions == [1, 2, 2, 3, 1]
    assert Round.objects.filter(completed_at__isnull=False).count() == 1
    assert Round.objects.count() == 2


def test_a_newcomer_takes_a_spare_hand_whole(project, person):
    spare = HandFactory(project=project)
    AssignmentFactory.create_batch(4, hand=spare)
    got = claim(person, project)
    assert isinstance(got, Claim)
    assert Hand.objects.get().annotator == person
    assert set(Assignment.objects.values_list("annotator", flat=True)) == {person.pk}


def test_two_newcomers_never_share_a_spare_hand(project):
    for _ in range(2):
        AssignmentFactory.create_batch(2, hand=HandFactory(project=project))
    claims = [claim(GuestFactory(), project) for _ in range(3)]
    assert len({c.assignment_id for c in claims if isinstance(c, Claim)}) == 2
    assert claims[2] == Behind(retry_after=1)


def test_without_a_spare_hand_the_dealer_is_told(project, person):
    now = timezone.now()
    assert claim(person, project, now=now) == Behind(retry_after=1)
    assert Hand.objects.get().asked_at == now


def test_whoever_has_seen_everything_is_told_so(project, person):
    HandFactory(project=project, annotator=person, exhausted=True, asked_at=timezone.now())
    assert claim(person, project) == Nothing()


def test_somebody_who_comes_back_has_the_dealer_look_again(project, person):
    asked = timezone.now() - timedelta(hours=1)
    HandFactory(project=project, annotator=person, exhausted=True, asked_at=asked)
    assert claim(person, project) == Behind(retry_after=1)


@pytest.mark.parametrize("state", [Project.State.DRAFT, Project.State.CLOSED])
def test_only_open_projects_give_questions(person, state):
    project = ProjectFactory(state=state)
    deal(project, person)
    assert claim(person, project) == Nothing()


def test_skipping_is_safe_to_repeat_but_an_answer_stays(project, person):
    deal(project, person)
    got = claim(person, project)
    for _ in range(2):
        skip(by=person, assignment_id=got.assignment_id)
    got = claim(person, project)
    answer(person, got)
    with pytest.raises(Conflict, match="answered already"):
        skip(by=person, assignment_id=got.assignment_id)


def test_what_was_not_claimed_can_be_neither_skipped_nor_answered(project, person):
    dealt = deal(project, person)
    with pytest.raises(NotYours):
        skip(by=person, assignment_id=dealt[0].pk)
    with pytest.raises(NotYours):
        submit(by=person, assignment_id=dealt[0].pk, answer={"kind": "nothing"})


def test_leases_and_reservations_run_out_once_their_time_is_over(project, person):
    deal(project, person, 3)
    now = timezone.now()
    got = claim(person, project, now=now)
    assert leases.tick(now + timedelta(seconds=59)) == 0
    assert leases.tick(now + timedelta(seconds=61)) == 1
    assert Assignment.objects.get(pk=got.assignment_id).state == "expired"
    assert leases.tick(now + timedelta(minutes=21)) == 2


def test_unseen_questions_of_somebody_who_went_away_return_early(project, person):
    dealt = deal(project, person, 3)
    now = timezone.now()
    claim(person, project, now=now)
    assert leases.tick(now + timedelta(seconds=50)) == 0
    leases.tick(now + timedelta(minutes=6))
    assert {Assignment.objects.get(pk=a.pk).state for a in dealt} == {"expired"}
