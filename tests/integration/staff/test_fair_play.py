"""Fair play through the site: answers in the database, evidence on the moderators' page, and nothing else happens."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from quality.store.fairplay import fair_play_of
from quality.store.figures import Name, work_out
from quality.store.models import Consensus, ReliabilitySnapshot
from tests.factories import AssignmentFactory, GuestFactory, HandFactory, ProjectFactory, StaffFactory, TaskFactory
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
    assert "This is being worked out" in client.get(path).content.decode()
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


@pytest.fixture
def office_of(client, project):
    def log_in(role):
        member = StaffFactory(username=role, role=role)
        set_staff_password(member=member, password="quartz-lantern")
        Membership.objects.create(project=project, member=member)
        assert client.post("/staff/login/", {"username": role, "password": "quartz-lantern"}).status_code == 302
        return client

    return log_in
