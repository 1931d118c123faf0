"""Looks back: how kinds of answers held up, never on fewer than ten; credit for who was right before others came."""

from datetime import timedelta

import pytest
from django.utils import timezone

from quality.store import lookbacks, scoring
from tests.factories import GuestFactory, ProjectFactory, TaskFactory
from tests.players import always, later, play, tick
from webapp.game import services as game
from webapp.game.models import LookBack, RoundScore, Standing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def half_and_half():
    """Cat and dog in turn."""
    labels = iter(["cat", "dog"] * 200)
    return lambda claim: {"kind": "class", "label": next(labels)}


def score_all() -> None:
    tick()
    scoring.tick(later(seconds=60))


@pytest.fixture
def project():
    project = ProjectFactory(redundancy=3)
    TaskFactory.create_batch(100, project=project)
    return project


def test_three_rounds_are_looked_back_at_by_what_was_said(project):
    person = GuestFactory()
    play(person, project, half_and_half(), answers=20)
    score_all()
    assert lookbacks.tick(later(minutes=2)) == 0
    play(person, project, half_and_half(), answers=10)
    score_all()
    assert lookbacks.tick(later(minutes=2)) == 1
    found = LookBack.objects.get()
    assert [(share["kinds"], share["answers"]) for share in found.shares] == [(["cat"], 15), (["dog"], 15)]
    assert all(share["score"] % 5 == 0 for share in found.shares)
    assert RoundScore.objects.filter(look_back=found).count() == 3
    assert lookbacks.tick(later(minutes=3)) == 0


def test_a_rare_kind_waits_and_is_then_told_with_another(project):
    person = GuestFactory()
    labels = iter(["cat"] * 28 + ["dog"] * 2 + ["cat"] * 70)
    for _ in range(9):
        play(person, project, lambda claim: {"kind": "class", "label": next(labels)}, answers=10)
    score_all()
    assert lookbacks.tick(later(minutes=2)) == 0
    play(person, project, lambda claim: {"kind": "class", "label": next(labels)}, answers=10)
    score_all()
    assert lookbacks.tick(later(minutes=2)) == 1
    assert LookBack.objects.get().shares == []  # two dogs are too few to tell, and so is "all but two dogs"


def test_who_was_right_before_others_came_gets_credit_a_day_later(project):
    early, now = GuestFactory(), timezone.now()
    play(early, project, always("cat"), answers=30)
    score_all()
    lookbacks.tick(later(minutes=2))
    paid = sum(RoundScore.objects.filter(annotator=early).values_list("points", flat=True))
    game.tick(later(minutes=2))
    assert Standing.objects.get(annotator=early).points == paid
    for _ in range(2):
        play(GuestFactory(), project, always("cat"), answers=100)
    score_all()
    lookbacks.tick(later(hours=23))
    assert LookBack.objects.get(annotator=early).credit is None
    lookbacks.tick(later(hours=25))
    found = LookBack.objects.get(annotator=early)
    assert found.credit > 0
    assert found.credit % 5 == 0
    assert found.credited_at > now + timedelta(days=1)
    game.tick(later(hours=26))
    assert Standing.objects.get(annotator=early).points == paid + found.credit
    lookbacks.tick(later(hours=50))
    assert LookBack.objects.get(annotator=early).credit == found.credit


def test_nobody_loses_when_others_say_otherwise(project):
    early = GuestFactory()
    play(early, project, always("dog"), answers=30)
    score_all()
    lookbacks.tick(later(minutes=2))
    for _ in range(2):
        play(GuestFactory(), project, always("cat"), answers=100)
    score_all()
    lookbacks.tick(later(hours=25))
    assert LookBack.objects.get(annotator=early).credit == 0


def test_a_guests_looks_back_become_the_accounts(project):
    guest, account = GuestFactory(), GuestFactory(email="ada@example.org")
    play(guest, project, half_and_half(), answers=30)
    score_all()
    lookbacks.tick(later(minutes=2))
    guest.merged_into, guest.is_active = account, False
    guest.save()
    game.tick(later(minutes=3))
    assert LookBack.objects.get().annotator == account
