"""What researchers see: the figures of all trials, and every trial as CSV."""

import csv
from io import StringIO

import pytest

from quality.store.models import GoldPack, StudyTruth
from quality.store.selectors import studies as found
from tests.factories import GuestFactory
from tests.integration.staff.office import Office
from tests.integration.studies.lab import is_made, laboratory, open_study, right, take_part
from webapp.accounts.services import join_account
from webapp.projects.models import Membership
from webapp.studies.models import Study, Trial

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def always_first(trial: Trial) -> str:
    return "first" if trial.second_id else "made"


def test_figures_follow_from_the_answers():
    study = open_study(pairs=8, singles=12)
    for answerer in (right, right, always_first):
        take_part(study, answerer)
    take_part(study, right, answers=3)
    rows = found.trial_rows(study)
    assert len(rows) == 63
    truth = {str(t.picture.file): t.made for t in StudyTruth.objects.select_related("picture")}
    assert all(row.made == truth[row.picture] for row in rows)
    assert all(row.right == (row.said_made == row.made) for row in rows)
    pairs, singles = found.parts(rows)
    assert (pairs.name, singles.name) == ("Pairs", "Single pictures")
    assert (pairs.all.confusion.n, singles.all.confusion.n) == (27, 36)
    lazy = Trial.objects.filter(participation=study.participations.order_by("begun_at")[2])
    wrong = [sum(not is_made(trial) for trial in lazy.filter(second__isnull=alone)) for alone in (False, True)]
    assert (pairs.all.confusion.fp, pairs.all.confusion.fn) == (wrong[0], 0)
    assert (singles.all.confusion.fp, singles.all.confusion.fn) == (wrong[1], 0)
    assert singles.all.recall.value == 1.0
    assert (pairs.all.people, singles.all.people) == (4, 3)
    assert pairs.all.pictures <= 20
    assert {len(subject.files) for subject in pairs.subjects.values()} == {2}
    assert all(truth[subject.files[0]] for subject in pairs.subjects.values())
    row = found.studies(study.project)[0]
    assert (row.begun, row.completed, row.couples, row.size) == (4, 3, 20, 20)


def test_generators_are_told_apart():
    """Pack a is plain to see, pack b is not: everything of b is called real."""
    study = open_study(pairs=0, singles=20, packs=2, couples=30)

    def answerer(trial: Trial) -> str:
        truth = StudyTruth.objects.get(picture=trial.first_id)
        return "made" if truth.made and truth.generator == "pack a" else "real"

    for _ in range(4):
        take_part(study, answerer)
    (singles,) = found.parts(found.trial_rows(study))
    (a, of_a), (b, of_b) = singles.by_generator
    assert (a, b) == ("pack a", "pack b")
    assert of_a.accuracy.value == 1.0
    assert of_b.recall.value == 0.0
    assert of_b.precision is None


def test_every_trial_is_a_row_of_the_file():
    study = open_study(pairs=8, singles=12)
    person = take_part(study, right).annotator
    text = "".join(found.trials_csv(study))
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == 20
    first = rows[0]
    assert (first["participant"], first["profession"], first["device"], first["part"]) == ("1", "medical", "phone", "1")
    assert first["right"] == "1"
    assert first["client_ms"] == "900"
    assert first["answered_at"].endswith("+00:00")
    assert rows[-1]["second_picture"] == ""
    assert person.pseudonym not in text
    assert str(person.pk) not in text


def test_somebody_who_took_part_as_a_guest_and_again_with_an_account_counts_once():
    study = open_study(pairs=8, singles=12)
    guest, account = GuestFactory(), GuestFactory(email="a@example.org")
    take_part(study, right, by=guest)
    take_part(study, right, by=account)
    join_account(guest=guest, account=account)
    assert len(found.trial_rows(study)) == 20
    assert found.studies(study.project)[0].begun == 1


@pytest.fixture
def office(db):
    office = Office()
    project, _ = laboratory(real=20, made=12, packs=2)
    for role in ("moderator", "researcher"):
        Membership.objects.create(project=project, member=office.staff[role])
    office.lab = project
    return office


def test_a_moderator_makes_opens_and_closes_a_study(office):
    client = office.browser("moderator")
    path = f"/staff/projects/{office.lab.slug}/studies/"
    page = client.get(path).content.decode()
    assert "Fresh real pictures: <strong>20</strong>" in page
    assert page.count("12 fresh") == 2
    form = {"title": "Made or real?", "pairs": "6", "singles": "10", "couples": "99"}
    form["pack"] = [pack.pk for pack in GoldPack.objects.filter(project=office.lab)]
    refused = client.post(path, form)
    assert refused.status_code == 400
    assert "needs 99 fresh made pictures; these packs have 24" in refused.content.decode()
    assert 'value="99"' in refused.content.decode()
    own = client.post(path, form | {"couples": "18"})["Location"]
    study = Study.objects.get(project=office.lab)
    assert own == f"{path}{study.pk}/"
    assert (study.state, study.ethics_reference, study.by) == ("draft", "E 1", office.staff["moderator"])
    client.post(own, {"action": "ethics", "ethics_reference": ""})
    assert "needs its ethics reference" in client.post(own, {"action": "open"}, follow=True).content.decode()
    client.post(own, {"action": "ethics", "ethics_reference": "E 7"})
    client.post(own, {"action": "open"})
    study.refresh_from_db()
    assert study.state == "open"
    take_part(study, right)
    reader = office.browser("researcher")
    page = reader.get(own).content.decode()
    assert "<strong>16</strong><span>decisions" in page
    assert "Pick rate" in page
    assert "1.000" in page
    sheet = b"".join(reader.get(f"{own}trials.csv").streaming_content).decode()
    assert len(sheet.splitlines()) == 17
    client.post(own, {"action": "close"})
    study.refresh_from_db()
    assert study.state == "closed"
    assert office.browser("outsider").get(own).status_code == 404
    elsewhere = own.replace(office.lab.slug, "cells")
    assert client.get(elsewhere).status_code == 404


def test_programs_read_what_the_page_shows():
    office, study = Office(), open_study(pairs=8, singles=12)
    Membership.objects.create(project=study.project, member=office.staff["researcher"])
    program = office.program("researcher")
    own = f"/api/v1/staff/projects/{study.project.slug}/studies"
    take_part(study, right)

    alone = program.get(f"{own}/{study.pk}").json()
    assert alone["parts"][0]["all"]["d_prime"]["low"] is None  # one person says nothing of people
    take_part(study, always_first)
    told = program.get(f"{own}/{study.pk}").json()

    (listed,) = program.get(own).json()
    assert listed == {key: told[key] for key in listed}
    assert (told["begun"], told["completed"], told["answers"]) == (2, 2, 40)
    for shown, part in zip(told["parts"], found.parts(found.trial_rows(study)), strict=True):
        assert shown["name"] == part.name
        assert shown["all"]["confusion"] == vars(part.all.confusion)
        assert shown["all"]["accuracy"]["low"] == part.all.accuracy.low
        assert [test["margin"] for test in shown["all"]["equivalence"]] == [0.05, 0.1]
        assert [one["rate"] for one in shown["pictures"]] == [one.rate for one in part.all.picture_rates()]
    trials = b"".join(program.get(f"{own}/{study.pk}/trials").streaming_content).decode()
    assert trials == "".join(found.trials_csv(study))
    assert program.get(f"{own}/{study.pk + 1}").status_code == 404
