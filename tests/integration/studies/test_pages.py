"""The pages of a study, as a browser without scripts meets them."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from quality.store import studies
from tests.integration.studies.lab import BACKGROUND, open_study, right
from webapp.accounts import services as accounts
from webapp.accounts.sessions import PLAY_COOKIE, PlaySessionStore
from webapp.studies import consent, services
from webapp.studies.models import Participation, Study, Trial

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]
BEGIN = BACKGROUND | {"version": consent.CURRENT.version}


@pytest.fixture
def browser() -> Client:
    """A browser in which a guest plays."""
    return guest()


def guest() -> Client:
    person = accounts.join_guest(consent_version=accounts.consent_text().version)[0]
    session = PlaySessionStore()
    session.update(
        {
            "_auth_user_id": str(person.pk),
            "_auth_user_backend": "allauth.account.auth_backends.AuthenticationBackend",
            "_auth_user_hash": person.get_session_auth_hash(),
        }
    )
    session.save()
    client = Client()
    client.cookies[PLAY_COOKIE] = session.session_key
    return client


@pytest.fixture
def study() -> Study:
    return open_study(pairs=4, singles=6, real=10, made=10)


def path_of(study: Study, page: str = "") -> str:
    return f"/studies/{study.slug}/{page}"


def test_from_the_start_page_to_the_total(browser, study):
    assert path_of(study) in browser.get("/").content.decode()
    page = browser.get(path_of(study)).content.decode()
    assert "No, thank you" in page
    assert all(section.text in page for section in consent.CURRENT.sections)
    assert browser.post(path_of(study), BEGIN)["Location"] == path_of(study, "question/")
    waiting = browser.get(path_of(study, "question/"))
    assert b"One moment" in waiting.content
    studies.tick(timezone.now())
    for number in range(1, 11):
        page = browser.get(path_of(study, "question/"))
        assert f"question {number} of 10" in page.content.decode()
        trial = Trial.objects.get(place=number)
        assert str(trial.pk) in page.content.decode()
        form = {"trial": trial.pk, "answer": right(trial), "client_ms": "1250"}
        reply = browser.post(path_of(study, "question/"), form)
        assert reply["Location"] == path_of(study, "question/")
    assert browser.get(path_of(study, "question/"))["Location"] == path_of(study)
    assert b"being counted" in browser.get(path_of(study)).content
    studies.tick(timezone.now())
    page = browser.get(path_of(study)).content.decode()
    assert re.search(r"<strong>100&nbsp;%</strong> of your answers", page)
    trials = Trial.objects.order_by("place")
    assert all(trial.shown_at < trial.answered_at and trial.client_ms == 1250 for trial in trials)


def test_every_question_looks_alike_whatever_is_true(browser, study):
    """Two people who are shown the same question with its sides changed get the same bytes but for names."""
    browser.post(path_of(study), BEGIN)
    studies.tick(timezone.now())
    pages = {}
    for trial in Trial.objects.order_by("place"):
        page = browser.get(path_of(study, "question/")).content.decode()
        pages[trial.place] = re.sub(
            r"[0-9a-f]{32}\.webp|[0-9a-f-]{36}|csrf\S+ value=\"\w+\"|(?i:question) \d+|value=\"\d+\"", "", page
        )
        browser.post(path_of(study, "question/"), {"trial": trial.pk, "answer": "first" if trial.second_id else "made"})
    assert len({pages[n] for n in (2, 3)}) == 1
    assert len({pages[n] for n in (6, 7, 8, 9)}) == 1
    assert pages[2] != pages[6]


def test_nothing_is_told_along_the_way(browser, study):
    browser.post(path_of(study), BEGIN)
    studies.tick(timezone.now())
    for trial in Trial.objects.order_by("place")[:9]:
        browser.post(path_of(study, "question/"), {"trial": trial.pk, "answer": right(trial)})
        studies.tick(timezone.now())
        page = browser.get(path_of(study)).content.decode()
        assert "%" not in page
        assert "Everything you answered is kept" in page


def test_anybody_elses_question_is_none_of_mine(browser, study):
    other = guest()
    for client in (browser, other):
        client.post(path_of(study), BEGIN)
    studies.tick(timezone.now())
    theirs = Trial.objects.exclude(participation=Participation.objects.earliest("begun_at")).get(place=1)
    for form in ({"trial": theirs.pk, "answer": "first"}, {"trial": "x", "answer": "first"}, {}):
        assert browser.post(path_of(study, "question/"), form).status_code == 302
    assert not Trial.objects.exclude(answer="").exists()
    assert b"There is no such question" in browser.get(path_of(study, "question/")).content


def test_a_form_that_lacks_something_is_told_so_and_kept(browser, study):
    page = browser.post(path_of(study), BEGIN | {"device": ""}).content.decode()
    assert "three questions about yourself" in page
    assert '<option value="medical" selected>' in page
    assert not Participation.objects.exists()


def test_a_picture_that_is_too_slow_is_no_time(browser, study):
    browser.post(path_of(study), BEGIN)
    studies.tick(timezone.now())
    trial = Trial.objects.get(place=1)
    browser.post(path_of(study, "question/"), {"trial": trial.pk, "answer": "first", "client_ms": "99999999999999"})
    trial.refresh_from_db()
    assert (trial.answer, trial.client_ms) == ("first", None)


def test_drafts_do_not_exist_and_closed_studies_are_over(browser, study):
    browser.post(path_of(study), BEGIN)
    services.close_study(by=None, study=study)
    assert b"The answers that you gave count" in browser.get(path_of(study)).content
    assert browser.get(path_of(study, "question/"))["Location"] == path_of(study)
    assert b"Thank you for your interest" in guest().get(path_of(study)).content
    assert path_of(study) not in browser.get("/").content.decode()
    Study.objects.update(state="draft")
    assert browser.get(path_of(study)).status_code == 404


def test_without_the_sites_own_consent_nobody_takes_part(study):
    assert Client().get(path_of(study))["Location"].startswith("/consent/?next=")
    assert Client().post(path_of(study, "question/"))["Location"].startswith("/consent/?next=")
