"""The schema is public, current, and tells the truth about the replies."""

import json
from pathlib import Path

import jsonschema
import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from api.schema_urls import generated
from tests.integration.api.site import PLAY

pytestmark = pytest.mark.django_db
SNAPSHOT = Path(__file__).resolve().parents[3] / "api" / "schema.json"


def test_the_snapshot_is_current_and_valid():
    assert json.loads(SNAPSHOT.read_text()) == json.loads(json.dumps(generated())), (
        "The API changed: manage.py spectacular --format openapi-json --file api/schema.json"
    )
    validate_schema(generated())


def test_anybody_may_read_it():
    assert Client().get("/api/schema/").json()["info"]["title"] == "Goldvein"


def said(method: str, path: str, status: int) -> dict:
    """What the schema says of a reply's body, as JSON Schema."""
    document = json.loads(json.dumps(generated()).replace('"nullable": true', '"x-nullable": true'))
    reply = document["paths"][PLAY + path][method]["responses"][str(status)]
    return {**reply["content"]["application/json"]["schema"], "components": document["components"]}


def exact(schema: dict, body: object) -> None:
    """Valid, and no key more than the schema names."""
    jsonschema.validate(body, schema)
    if isinstance(body, dict):
        name = schema["$ref"].rsplit("/", 1)[1]
        assert set(body) == set(schema["components"]["schemas"][name]["properties"])


def test_replies_are_as_it_says(site):
    person = site.volunteer()
    site.deal(person)
    played = site.play_round(person)
    client = site.client(person)
    claimed = client.post(f"{PLAY}projects/cells/next").json()
    exact(said("post", "projects/{slug}/next", 200), claimed)
    stored = client.put(
        f"{PLAY}assignments/{claimed['assignment']['id']}/annotation",
        json.dumps({"answer": {"kind": "nothing"}}),
        "application/json",
    )
    exact(said("put", "assignments/{assignment_id}/annotation", 201), stored.json())
    exact(said("get", "rounds/{round_id}", 200), client.get(f"{PLAY}rounds/{played.pk}").json())
    exact(said("get", "projects/{slug}", 200), client.get(f"{PLAY}projects/cells").json())
    jsonschema.validate(client.get(f"{PLAY}projects").json(), said("get", "projects", 200))
    refused = client.put(f"{PLAY}assignments/{claimed['assignment']['id']}/annotation", "{", "application/json")
    exact(said("put", "assignments/{assignment_id}/annotation", 400), refused.json())
