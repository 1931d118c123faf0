"""I3: a gold task and an open one look the same from outside: same statements, same keys, same headers."""

import re
from collections import defaultdict

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quality.store.models import GoldTruth
from tests.factories import GoldFactory, GuestFactory, ProjectFactory, TaskFactory
from tests.players import tick
from webapp.accounts.consent import CURRENT
from webapp.accounts.services import agree, new_token
from webapp.tasks.models import Assignment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]


def shape(value):
    """Keys and types of a JSON value; texts by their length, but for the prompt and labels, which are the project's."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(entry) for entry in value]
    return (type(value).__name__, len(value)) if isinstance(value, str) else type(value).__name__


def statements(captured: CaptureQueriesContext) -> tuple[str, ...]:
    """What was asked of the database, without the values."""
    return tuple(re.sub(r"'[^']*'|\"s\d+_x\d+\"|\b\d+\b", "?", query["sql"]) for query in captured.captured_queries)


@pytest.fixture
def client():
    project = ProjectFactory(slug="cells", round_size=40)
    TaskFactory.create_batch(30, project=project)
    for _ in range(30):
        GoldFactory(task=TaskFactory(project=project))
    from quality.store.services import set_policy

    set_policy(by=None, project=project, rate=0.33)
    person = GuestFactory()
    agree(by=person, consent_version=CURRENT.version)
    tick()
    return Client(headers={"Authorization": f"Token {new_token(by=person)}"})


def play(client: Client, number: int) -> dict[bool, list[tuple]]:
    """What can be seen of `number` questions, from the third of a round on, by whether they are gold."""
    gold = {str(pk) for pk in GoldTruth.objects.values_list("task", flat=True)}
    seen = defaultdict(list)
    for position in range(number):
        with CaptureQueriesContext(
            connection,
        ) as asking:
            got = client.post("/api/v1/play/projects/cells/next")
        if got.status_code == 503:
            tick()
            continue
        body = got.json()
        with CaptureQueriesContext(connection) as answering:
            url = f"/api/v1/play/assignments/{body['assignment']['id']}/annotation"
            stored = client.put(url, {"answer": {"kind": "class", "label": "cat"}}, content_type="application/json")
        task = str(Assignment.objects.values_list("task", flat=True).get(pk=body["assignment"]["id"]))
        body.pop("prefetch")  # as long as the hand is full, which has nothing to do with this task
        headers = tuple(sorted(got.headers)) + tuple(sorted(stored.headers))
        outside = (got.status_code, stored.status_code, headers, str(shape(body)), str(shape(stored.json())))
        if position > 1:
            seen[task in gold].append((outside, statements(asking), statements(answering)))
        if position % 6 == 5:
            tick()
    return seen


def test_i3_replies_and_statements_are_the_same_for_gold_and_open(client):
    seen = play(client, 36)
    assert len(seen[True]) >= 8
    assert len(seen[False]) >= 8
    for part in range(3):
        gold, open_ = ({entry[part] for entry in seen[kind]} for kind in (True, False))
        assert gold == open_
        assert len(gold) == 1
