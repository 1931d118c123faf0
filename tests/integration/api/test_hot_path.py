"""The loop of playing costs a fixed number of queries, whatever is asked (I3)."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.integration.api.site import PLAY

pytestmark = pytest.mark.django_db


def queries(call) -> list[str]:
    """What a request asks the database, without savepoints and the change of role."""
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code in {200, 201}
    return [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET ROLE", "RESET ROLE"))]


@pytest.mark.parametrize("kind", ["class", "box", "mask"])
def test_next_is_four_queries(site, kind):
    project = site.new_project(f"some-{kind}", kind=kind, tasks=20)
    person = site.volunteer()
    site.deal(person, project=project)
    client = site.client(person)
    client.post(f"{PLAY}projects/{project.slug}/next")  # opens the round and notes that the person is here
    asked = queries(lambda: client.post(f"{PLAY}projects/{project.slug}/next"))
    assert [sql.split()[0] for sql in asked] == ["SELECT", "SELECT", "SELECT", "UPDATE"], asked


def test_an_answer_is_six_queries(site):
    person = site.volunteer()
    site.deal(person)
    client = site.client(person)
    assignment = client.post(f"{PLAY}projects/cells/next").json()["assignment"]["id"]
    body = json.dumps({"answer": {"kind": "class", "label": "cat"}})
    url = f"{PLAY}assignments/{assignment}/annotation"
    asked = queries(lambda: client.put(url, body, "application/json"))
    assert [sql.split()[0] for sql in asked] == ["SELECT", "SELECT", "SELECT", "UPDATE", "INSERT", "UPDATE"], asked
