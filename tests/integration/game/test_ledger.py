"""The ledger and the standings: each round once, never on fewer than ten answers (I4), followed in batches."""

from datetime import timedelta

import pytest
from django.utils import timezone

from webapp.accounts import services as accounts
from webapp.game.models import Board, RoundScore, Standing
from webapp.game.services import WITHHELD, award_round, refresh_standings, tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(site):
    return site.volunteer()


def standing(person) -> tuple[int, int, int]:
    found = Standing.objects.get(annotator=person)
    return found.points, found.rounds, found.rank


def test_a_round_is_entered_once_and_in_fives(site, person):
    played = site.play_round(person, score=83)
    again = award_round(round=played, score=10, points=10, visible_at=timezone.now())
    assert (again.score, again.points) == (85, 85)
    assert RoundScore.objects.count() == 1


@pytest.mark.parametrize(("score", "points"), [(-1, 0), (101, 0), (50, -5)])
def test_what_is_no_score_is_refused(site, person, score, points):
    played = site.play_round(person)
    RoundScore.objects.all().delete()
    with pytest.raises(ValueError, match="A round's score is 0-100 and its points are not negative"):
        award_round(round=played, score=score, points=points, visible_at=timezone.now())


def test_i4_short_rounds_are_merged_and_share_a_score(site, person):
    first = site.play_round(person, score=100, size=4)
    assert RoundScore.objects.get(round=first).visible_at == WITHHELD
    assert not Standing.objects.exists()
    second = site.play_round(person, score=50, size=6)
    entries = {entry.round_id: (entry.score, entry.points) for entry in RoundScore.objects.all()}
    assert entries == {first.pk: (70, 0), second.pk: (70, 150)}  # (4 * 100 + 6 * 50) / 10
    assert standing(person) == (150, 2, 1)


def test_a_score_counts_from_the_moment_it_is_shown(site, person):
    now = timezone.now()
    site.play_round(person, score=80)
    played = site.play_round(person, score=60)
    RoundScore.objects.filter(round=played).update(visible_at=now + timedelta(seconds=20))
    refresh_standings(project=site.project, now=now + timedelta(seconds=10))
    assert standing(person) == (80, 1, 1)
    assert tick(now + timedelta(seconds=30)) == 1
    assert standing(person) == (140, 2, 1)
    assert tick(now + timedelta(seconds=31)) == 0


def test_the_clock_notices_a_new_week(site, person):
    site.play_round(person, score=80)
    now = timezone.now()
    assert tick(now) == 0
    assert tick(now + timedelta(days=7)) == 1
    found = Standing.objects.get()
    assert (found.points, found.points_week, found.rank_week, found.streak_weeks) == (80, 0, 0, 1)


def test_ranks_follow_everybody(site):
    people = [site.volunteer() for _ in range(3)]
    for person, score in zip(people, (60, 90, 75), strict=True):
        site.play_round(person, score=score)
    assert [standing(person)[2] for person in people] == [3, 1, 2]


def test_a_guests_rounds_become_the_accounts(site, person):
    account = site.volunteer()
    account.email = "ada@example.org"
    account.save(update_fields=["email"])
    site.play_round(person, score=80)
    accounts.join_account(guest=person, account=account)
    tick(timezone.now())
    assert standing(account) == (80, 1, 1)
    assert not Standing.objects.filter(annotator=person).exists()
    assert tick(timezone.now()) == 0


def test_who_left_is_on_no_board(site, person):
    site.play_round(person)
    accounts.request_deletion(by=person, keep_answers=True)
    accounts.tick(timezone.now())
    tick(timezone.now())
    assert not Standing.objects.exists()
    assert Board.objects.get().rounds == 0
