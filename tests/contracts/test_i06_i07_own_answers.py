"""I6: answers are immutable and idempotent. I7: nobody can reach another's answer. Both from outside, over HTTP."""

import pytest
from django.test import Client

from tests.factories import GuestFactory, ProjectFactory, TaskFactory
from tests.players import tick
from webapp.accounts.consent import CURRENT
from webapp.accounts.services import agree, new_token
from webapp.annotations.models import Annotation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]
CAT, DOG = ({"answer": {"kind": "class", "label": label}, "client_ms": 900} for label in ("cat", "dog"))


@pytest.fixture
def project():
    project = ProjectFactory(slug="cells")
    TaskFactory.create_batch(60, project=project)
    tick()
    return project


def volunteer() -> Client:
    person = GuestFactory()
    agree(by=person, consent_version=CURRENT.version)
    return Client(headers={"Authorization": f"Token {new_token(by=person)}"})


def claim(client: Client) -> dict:
    return client.post("/api/v1/play/projects/cells/next").json()["assignment"]


def put(client: Client, assignment: dict, body: dict):
    return client.put(f"/api/v1/play/assignments/{assignment['id']}/annotation", body, content_type="application/json")


def test_i6_the_same_again_is_200_and_another_answer_409(project):
    client = volunteer()
    assignment = claim(client)
    statuses = [put(client, assignment, body).status_code for body in (CAT, CAT, DOG, CAT)]
    assert statuses == [201, 200, 409, 200]
    assert Annotation.objects.get().answer == CAT["answer"]


@pytest.mark.parametrize(
    "accident", [{"kind": "box", "boxes": []}, {"kind": "class"}, {"kind": "class", "label": ""}, {}]
)
def test_i6_nothing_is_never_said_by_accident(project, accident):
    client = volunteer()
    assert put(client, claim(client), {"answer": accident}).status_code == 400
    assert not Annotation.objects.exists()


def test_i7_no_door_leads_to_anothers_work(project):
    owner, stranger = volunteer(), volunteer()
    assignment = claim(owner)
    base = f"/api/v1/play/assignments/{assignment['id']}"
    before = [
        put(stranger, assignment, DOG).status_code,
        stranger.post(f"{base}/skip").status_code,
        stranger.post(f"{base}/flag", {"comment": "x"}, content_type="application/json").status_code,
        stranger.get(f"/api/v1/play/rounds/{assignment['round']['id']}").status_code,
    ]
    assert before == [404, 404, 404, 404]
    assert put(owner, assignment, CAT).status_code == 201
    assert put(stranger, assignment, CAT).status_code == 404
    assert assignment["id"] not in stranger.get("/api/v1/play/me/data").content.decode()
    assert assignment["id"] in owner.get("/api/v1/play/me/data").content.decode()


def test_i7_two_people_never_share_an_assignment(project):
    assert len({claim(volunteer())["id"] for _ in range(3)}) == 3
