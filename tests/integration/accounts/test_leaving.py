"""Leaving (I12): asked for by the person, carried out by the worker; answers stay without a link, or go as well."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.integration.api.site import Site
from webapp.accounts import consent, services
from webapp.accounts.models import Consent, PlaySession, PlayToken, User
from webapp.accounts.signals import answers_removed
from webapp.annotations.models import Annotation
from webapp.game.models import RoundScore, Standing
from webapp.tasks.models import Assignment

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(site: Site):
    """Somebody with one round of ten answers, scored and on the board."""
    person = site.volunteer()
    site.play_round(person)
    return person


def leave(person: User, *, keep_answers: bool) -> None:
    services.request_deletion(by=person, keep_answers=keep_answers)
    assert services.tick(timezone.now()) == 1
    assert services.tick(timezone.now() + timedelta(seconds=1)) == 0


def test_asking_ends_keys_and_sessions_at_once(played, client):
    client.force_login(played)
    services.request_deletion(by=played, keep_answers=True)
    assert not PlayToken.objects.exists()
    assert not PlaySession.objects.exists()
    assert client.get("/api/v1/play/me").status_code == 401


def test_answers_stay_on_a_row_that_leads_to_nobody(played):
    name = played.pseudonym
    leave(played, keep_answers=True)
    played.refresh_from_db()
    assert Annotation.objects.filter(annotator=played).count() == 10
    assert played.pseudonym.startswith("Somebody who left (")
    assert name not in played.pseudonym
    assert (played.email, played.is_active, played.joined_at.year, played.consent_version) == (
        None,
        False,
        1970,
        consent.CURRENT.version,
    )
    assert not Consent.objects.exists()
    assert not Standing.objects.exists()


def test_answers_go_with_everything_that_hangs_on_them(played):
    heard = []

    def hear(sender, task_ids, **kwargs):
        heard.extend(task_ids)

    answers_removed.connect(hear)
    try:
        leave(played, keep_answers=False)
    finally:
        answers_removed.disconnect(hear)
    assert len(set(heard)) == 10
    for model in (Annotation, Assignment, RoundScore, Standing, User):
        assert not model.objects.exists(), model


def test_the_answers_of_others_stay(played, site):
    other = site.volunteer()
    site.play_round(other)
    leave(played, keep_answers=False)
    assert Annotation.objects.filter(annotator=other).count() == 10
    assert User.objects.get() == other


def test_an_address_is_free_again_after_leaving(played):
    played.email = "ada@example.org"
    played.save(update_fields=["email"])
    played.emailaddress_set.create(email="ada@example.org", primary=True, verified=True)
    leave(played, keep_answers=True)
    assert not User.objects.filter(email="ada@example.org").exists()
    assert not played.emailaddress_set.exists()


def test_guests_who_became_this_person_leave_too(played, site):
    account = site.volunteer()
    account.email = "ada@example.org"
    account.save(update_fields=["email"])
    services.join_account(guest=played, account=account)
    leave(account, keep_answers=False)
    assert not User.objects.exists()
    assert not Annotation.objects.exists()


def test_staff_who_leave_the_game_still_work_here():
    member = services.create_staff(username="mod", password="quartz-lantern", role="moderator")
    leave(member.user, keep_answers=False)
    member.refresh_from_db()
    assert member.is_active
    assert member.user.pseudonym.startswith("Somebody who left")


def test_expired_sessions_are_dropped():
    past = timezone.now() - timedelta(days=1)
    PlaySession.objects.create(session_key="old", session_data="", expire_date=past)
    services.tick(timezone.now())
    assert not PlaySession.objects.exists()
