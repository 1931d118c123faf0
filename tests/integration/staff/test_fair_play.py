"""Fair play through the site: answers in the database, evidence on the moderators' page, and nothing else happens."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from quality.store import findings
from quality.store.fairplay import fair_play_of
from quality.store.figures import Name, work_out
from quality.store.models import Consensus, FindingReview, ProjectFigures, ReliabilitySnapshot
from quality.store.services import ReviewError, review_finding
from tests.contracts.leaks import read_all
from tests.factories import AssignmentFactory, GuestFactory, HandFactory, ProjectFactory, StaffFactory, TaskFactory
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.accounts.services import set_staff_password
from webapp.annotations.models import Annotation
from webapp.projects.models import Label, Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """Twelve people who are right nine times in ten, each on thirty of sixty pictures, half of them dogs."""
    rng = np.random.default_rng(7)
    project = ProjectFactory(slug="cells")
    Label.objects.filter(key="cat").update(name="Cat {0} <b>")
    tasks = TaskFactory.create_batch(60, project=project)
    truth = dict(zip(tasks, rng.choice(["cat", "dog"], size=60).tolist(), strict=True))
    for task in tasks:
        label = {"kind": "class", "label": truth[task]}
        Consensus.objects.create(task=task, project=project, answer=label, uncertainty=0.1, method="m")
    people = [GuestFactory(pseudonym=f"Calm Opal {number}") for number in range(12)]
    other = {"cat": "dog", "dog": "cat"}
    for number, person in enumerate(people):
        hand = HandFactory(project=project, annotator=person)
        for place, index in enumerate(rng.permutation(60)[:30].tolist()):
            task = tasks[index]
            label = truth[task] if rng.random() < 0.9 else other[truth[task]]
            answer(hand, task, place, "cat" if number == 5 else label, ms=int(4000 * np.exp(rng.normal(0, 0.4))))
    return project


def answer(hand, task, place, label, *, ms):
    assignment = AssignmentFactory(hand=hand, task=task, annotator=hand.annotator, place=place)
    given = Annotation.objects.create(
        assignment=assignment,
        task=task,
        annotator=hand.annotator,
        answer={"kind": "class", "label": label},
        client_ms=ms,
    )
    at = timezone.now() - timedelta(days=3) + timedelta(seconds=10 * place)
    Annotation.objects.filter(pk=given.pk).update(submitted_at=at)


def test_who_always_says_the_same_is_told_with_figures(project, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        found = fair_play_of(project)
    assert json.loads(json.dumps(found)) == found
    assert (found["people"], found["answers"]) == (12, 360)
    (one,) = found["findings"]
    assert one["kind"] == "one answer"
    assert "in 100% of 30 answers" in one["sentence"]


def test_moderators_read_it_and_nothing_else_happens(project, office_of):
    client = office_of("moderator")
    path = "/staff/projects/cells/fair-play/"
    ProjectFigures.objects.create(project=project, name=Name.FAIR_PLAY, made_at=timezone.now())  # of no answers yet
    page = client.get(path).content.decode()
    assert "This is being worked out" in page
    assert "0 answers" not in page
    before = list(ReliabilitySnapshot.objects.values())
    work_out(project.pk, Name.FAIR_PLAY)
    page = client.get(path).content.decode()
    assert "<strong>Calm Opal 5</strong> says “Cat {0} &lt;b&gt;” in 100% of 30 answers" in page
    assert "Calm Opal 4" not in page
    assert "360 answers of 12 people" in page
    assert list(ReliabilitySnapshot.objects.values()) == before
    person = Annotation.objects.filter(annotator__pseudonym="Calm Opal 5").first().annotator
    assert person.is_active
    person.is_active = False  # who left is not spoken of
    person.save()
    assert "Calm Opal 5" not in client.get(path).content.decode()


def test_researchers_do_not_read_it(project, office_of):
    assert office_of("researcher").get("/staff/projects/cells/fair-play/").status_code == 403


PATH = "/staff/projects/cells/fair-play/"


def found_of(project):
    return findings.fair_play(project).findings


def told(client, project, **changes):
    """A moderator's form on the only finding, sent; what the page says then."""
    (view,) = found_of(project)
    form = {
        "kind": view.kind,
        "person": [pk for pk, _ in view.people],
        "outcome": "talked to",
        "note": "Wrote to them.",
    }
    return client.post(PATH, {**form, **changes}, follow=True).content.decode()


def evidence_is(project, p):
    """As if the hourly work had found the same thing with another chance."""
    row = ProjectFigures.objects.get(project=project, name=Name.FAIR_PLAY)
    row.content["findings"][0]["p"] = p
    row.save()


def test_what_a_moderator_said_stays_when_findings_are_worked_out_anew(project, office_of):
    client = office_of("moderator")
    work_out(project.pk, Name.FAIR_PLAY)
    page = told(client, project)
    assert "Nothing is waiting" in page
    assert "<strong>Talked to</strong>" in page
    assert "Wrote to them." in page
    work_out(project.pk, Name.FAIR_PLAY)
    (view,) = found_of(project)
    assert (view.is_current, view.is_waiting) == (True, False)
    (said,) = view.reviews
    assert (said["outcome"], said["note"], said["by"]) == ("talked to", "Wrote to them.", "moderator")
    assert said["p"] == view.p


def test_what_has_doubled_since_is_shown_again_and_what_is_gone_is_kept(project, office_of):
    client = office_of("moderator")
    work_out(project.pk, Name.FAIR_PLAY)
    evidence_is(project, 1e-3)
    told(client, project, outcome="nothing wrong")
    evidence_is(project, 2e-6)
    assert [view.is_waiting for view in found_of(project)] == [False]
    evidence_is(project, 1e-6)
    assert [view.is_waiting for view in found_of(project)] == [True]
    assert "the evidence has doubled since" in client.get(PATH).content.decode()
    told(client, project, outcome="set aside")
    (view,) = found_of(project)
    assert [said["outcome"] for said in view.reviews] == ["set aside", "nothing wrong"]
    assert not view.is_waiting
    ProjectFigures.objects.update(content={"findings": [], "people": 12, "answers": 360})
    (view,) = found_of(project)
    assert (view.is_current, view.is_waiting) == (False, False)
    assert "No longer found" in client.get(PATH).content.decode()


def test_looking_at_a_finding_changes_nothing_else(project, office_of):
    client = office_of("moderator")
    work_out(project.pk, Name.FAIR_PLAY)
    before = read_all()
    told(client, project)
    after = read_all()
    assert {table for table in after if after[table] != before[table]} == set()
    assert FindingReview.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": ""}, "Please say what came of it."),
        ({"outcome": "banned"}, "An outcome is one of nothing wrong, talked to, set aside; it is &#x27;banned&#x27;."),
        ({"note": "x" * 501}, "A note has at most 500 characters; it has 501."),
        ({"kind": "copies"}, "This finding is not among the current ones any more"),
        ({"person": "nobody"}, "What was ticked cannot be read"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_one_sentence(project, office_of, changes, words):
    client = office_of("moderator")
    work_out(project.pk, Name.FAIR_PLAY)
    assert words in told(client, project, **changes)
    assert not FindingReview.objects.exists()


def test_a_word_goes_with_the_account_and_away_with_who_left(project, office_of):
    client = office_of("moderator")
    work_out(project.pk, Name.FAIR_PLAY)
    told(client, project)
    guest, account = User.objects.get(pseudonym="Calm Opal 5"), GuestFactory(email="ada@example.org")
    accounts.join_account(guest=guest, account=account)
    findings.tick(timezone.now())
    assert FindingReview.objects.get().first == account
    accounts.request_deletion(by=account, keep_answers=True)
    findings.tick(timezone.now())
    assert not FindingReview.objects.exists()


def test_a_word_on_two_accounts_that_became_one_is_gone(project):
    guest, account = GuestFactory(), GuestFactory(email="ada@example.org")
    FindingReview.objects.create(
        project=project, kind="handovers", first=guest, second=account, sentence="{0} {1}", p=0.01, outcome="talked to"
    )
    accounts.join_account(guest=guest, account=account)
    findings.tick(timezone.now())
    assert not FindingReview.objects.exists()


def test_findings_of_another_project_cannot_be_looked_at_from_here(project):
    work_out(project.pk, Name.FAIR_PLAY)
    (view,) = found_of(project)
    member = StaffFactory(username="eve", role="moderator")
    people = [pk for pk, _ in view.people]
    with pytest.raises(ReviewError, match="not among the current ones"):
        review_finding(by=member, project=ProjectFactory(), kind=view.kind, people=people, outcome="set aside")


def test_programs_of_moderators_can_do_the_same(project, office_of):
    client = office_of("moderator")
    path = "/api/v1/staff/projects/cells/fair-play"
    assert client.get(path).json() | {"is_under_way": True} == {
        "made_at": None,
        "answers": 0,
        "people": 0,
        "is_under_way": True,
        "findings": [],
    }
    work_out(project.pk, Name.FAIR_PLAY)
    found = client.get(path).json()
    (finding,) = found["findings"]
    assert (found["answers"], found["people"]) == (360, 12)
    assert finding["sentence"].startswith("Calm Opal 5 says “Cat {0} <b>” in 100% of 30 answers")
    assert finding["is_waiting"]
    body = {
        "kind": finding["kind"],
        "people": [person["id"] for person in finding["people"]],
        "outcome": "nothing wrong",
        "note": "All of theirs were cats.",
    }
    refused = client.post(path, {**body, "outcome": "banned"}, "application/json")
    assert (refused.status_code, refused.json()) == (400, {"detail": 'outcome: "banned" is not a valid choice.'})
    gone = client.post(path, {**body, "kind": "copies"}, "application/json")
    assert (gone.status_code, list(gone.json())) == (400, ["detail"])
    (kept,) = client.post(path, body, "application/json").json()["findings"]
    assert not kept["is_waiting"]
    (said,) = kept["reviews"]
    assert (said["outcome"], said["note"], said["by"]) == ("nothing wrong", "All of theirs were cats.", "moderator")


@pytest.fixture
def office_of(client, project):
    def log_in(role):
        member = StaffFactory(username=role, role=role)
        set_staff_password(member=member, password="quartz-lantern")
        Membership.objects.create(project=project, member=member)
        assert client.post("/staff/login/", {"username": role, "password": "quartz-lantern"}).status_code == 302
        return client

    return log_in
