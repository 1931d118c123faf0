"""The staff API: its own keys and sessions; volunteers stay outside, and projects belong to their members."""

import pytest
from django.test import Client

from tests.integration.api.site import PLAY
from webapp.accounts import services, staff
from webapp.projects.models import Membership

pytestmark = pytest.mark.django_db
STAFF = "/api/v1/staff/"
PASSWORD = "quartz-lantern"


@pytest.fixture
def member(site):
    return services.create_staff(username="mod", password=PASSWORD, role="moderator")


def client_of(member) -> Client:
    return Client(headers={"Authorization": f"Token {staff.new_staff_token(by=member, name='test')}"})


def test_me_and_my_projects(site, member):
    site.new_project("others")
    Membership.objects.create(project=site.project, member=member)
    client = client_of(member)
    assert client.get(f"{STAFF}me").json() == {"username": "mod", "role": "moderator"}
    assert [p["slug"] for p in client.get(f"{STAFF}projects").json()] == ["cells"]


def test_administrators_work_on_all(site):
    site.new_project("others")
    admin = services.create_staff(username="root", password=PASSWORD, role="admin")
    assert [p["slug"] for p in client_of(admin).get(f"{STAFF}projects").json()] == ["cells", "others"]


@pytest.mark.parametrize("path", ["me", "projects"])
def test_volunteers_and_strangers_are_refused(site, path):
    person = site.volunteer()
    browser = Client()
    browser.force_login(person)
    for client in (Client(), site.client(person), browser):
        assert client.get(STAFF + path).status_code == 401


def test_a_staff_key_opens_no_volunteers_door(member):
    assert client_of(member).get(f"{PLAY}me").status_code == 401


def test_whoever_was_sent_away_stays_outside(member):
    client = client_of(member)
    member.is_active = False
    member.save()
    assert client.get(f"{STAFF}me").status_code == 401


def test_what_is_not_there_is_404_for_anybody():
    assert Client().get(f"{STAFF}nowhere").json() == {"detail": "There is nothing at this address."}
