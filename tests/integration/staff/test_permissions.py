"""Who may do what, for every page and endpoint: one that is added without a line here fails the test."""

import os
import subprocess
import sys

import pytest
from django.urls import URLPattern, get_resolver

from api.staff.urls import urlpatterns as endpoints
from tests.integration.staff.office import ACTORS
from webapp.staff.urls import urlpatterns as pages

pytestmark = pytest.mark.django_db

RANK = {"researcher": 0, "moderator": 1, "outsider": 1, "admin": 2}

# name -> the lowest role that may read it, and the lowest that may change things there
PAGES = {
    "account": ("researcher", "researcher"),
    "people": ("admin", "admin"),
    "index": ("researcher", None),
    "assist": ("researcher", None),
    "new": ("moderator", "moderator"),
    "overview": ("researcher", "moderator"),
    "settings": ("moderator", "moderator"),
    "imports": ("moderator", "moderator"),
    "import": ("moderator", None),
    "gold": ("researcher", "moderator"),
    "making": ("researcher", "moderator"),
    "batch": ("researcher", "moderator"),
    "practice": ("researcher", "moderator"),
    "fairplay": ("moderator", "moderator"),
    "tasks": ("researcher", "moderator"),
    "duplicates": ("researcher", None),
    "review": ("researcher", None),
    "volumes": ("researcher", None),
    "flags": ("researcher", None),
    "task": ("researcher", "moderator"),
    "audits": ("researcher", None),
    "agreement": ("researcher", None),
    "calibration": ("researcher", None),
    "task_map": ("researcher", None),
    "annotators": ("researcher", None),
    "annotator": ("researcher", None),
    "studies": ("researcher", "moderator"),
    "study": ("researcher", "moderator"),
    "study_trials": ("researcher", None),
    "exports": ("researcher", "researcher"),
    "export_file": ("researcher", None),
}
OPEN_PAGES = {"login", "logout", "nowhere"}

OWN = "projects/<slug:slug>"
ENDPOINTS = {
    "me": {"GET": "researcher"},
    "people": {"GET": "admin", "POST": "admin"},
    "people/<str:username>": {"PATCH": "admin"},
    "projects": {"GET": "researcher", "POST": "moderator"},
    OWN: {"GET": "researcher", "PATCH": "moderator"},
    f"{OWN}/state": {"POST": "moderator"},
    f"{OWN}/labels": {"POST": "moderator"},
    f"{OWN}/common-path": {"GET": "researcher", "PUT": "moderator"},
    f"{OWN}/progress": {"GET": "researcher"},
    f"{OWN}/imports": {"GET": "moderator", "POST": "admin"},
    f"{OWN}/imports/<int:job_id>": {"GET": "moderator"},
    f"{OWN}/imports/upload": {"POST": "moderator"},
    f"{OWN}/gold": {"GET": "researcher", "PATCH": "moderator"},
    f"{OWN}/gold/forecast": {"GET": "researcher"},
    f"{OWN}/gold/items": {"GET": "researcher", "POST": "moderator"},
    f"{OWN}/gold/packs": {"GET": "researcher"},
    f"{OWN}/gold/packs/<int:pack_id>": {"POST": "moderator"},
    f"{OWN}/tasks": {"GET": "researcher"},
    f"{OWN}/tasks/retire": {"POST": "moderator"},
    f"{OWN}/tasks/text": {"POST": "moderator"},
    f"{OWN}/tasks/<uuid:task_id>": {"GET": "researcher"},
    f"{OWN}/tasks/<uuid:task_id>/influences": {"GET": "researcher"},
    f"{OWN}/tasks/<uuid:task_id>/review": {"POST": "moderator"},
    f"{OWN}/tasks/<uuid:task_id>/flags": {"DELETE": "moderator"},
    f"{OWN}/review": {"GET": "researcher"},
    f"{OWN}/flags": {"GET": "researcher"},
    f"{OWN}/annotators": {"GET": "researcher"},
    f"{OWN}/annotators/<uuid:annotator_id>": {"GET": "researcher"},
    f"{OWN}/annotators/<uuid:annotator_id>/profile": {"GET": "researcher"},
    f"{OWN}/arms": {"GET": "researcher"},
    f"{OWN}/agreement": {"GET": "researcher"},
    f"{OWN}/calibration": {"GET": "researcher"},
    f"{OWN}/fair-play": {"GET": "moderator", "POST": "moderator"},
    f"{OWN}/audits": {"GET": "researcher"},
    f"{OWN}/studies": {"GET": "researcher"},
    f"{OWN}/studies/<int:study_id>": {"GET": "researcher"},
    f"{OWN}/studies/<int:study_id>/trials": {"GET": "researcher"},
    f"{OWN}/exports": {"GET": "researcher", "POST": "researcher"},
    f"{OWN}/exports/<int:job_id>": {"GET": "researcher"},
    f"{OWN}/exports/<int:job_id>/file": {"GET": "researcher"},
}
NEEDS_AN_OUTLINE = "task_map"
NEEDS_A_PACK = f"{OWN}/gold/packs/<int:pack_id>"
TAKES_FILES = f"{OWN}/imports/upload"


def routes(patterns: list) -> dict[str, URLPattern]:
    return {pattern.name or str(pattern.pattern): pattern for pattern in patterns}


def test_every_page_and_every_endpoint_is_in_the_tables_above():
    assert set(routes(pages)) == set(PAGES) | OPEN_PAGES
    found = {
        route: {method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(view, method.lower())}
        for route, view in ((str(p.pattern), p.callback.view_class) for p in endpoints)
        if route
    }
    assert found == {route: set(methods) for route, methods in ENDPOINTS.items()}


@pytest.mark.parametrize("actor", ACTORS)
def test_pages(office, actor):
    client = office.browser(actor)
    for name, (read, write) in PAGES.items():
        route = str(routes(pages)[name].pattern)
        path = f"/staff/{office.fill(route)}"
        for method, needed in (("get", read), ("post", write)):
            reply = getattr(client, method)(path)
            told = f"{actor} {method} {path}: {reply.status_code}"
            if actor not in RANK:
                assert reply.status_code == 302, told
                assert reply["Location"].startswith("/staff/login/?next="), told
            elif actor == "outsider" and "<slug:slug>" in route:
                assert reply.status_code == 404, told
            elif needed is None:
                assert reply.status_code == 405, told
            elif RANK[actor] < RANK[needed]:
                assert reply.status_code == 403, told
            elif name == NEEDS_AN_OUTLINE:
                assert reply.status_code == 404, told
            else:
                assert reply.status_code == 200 or (method == "post" and reply.status_code in (302, 400)), told
                assert "login" not in reply.get("Location", ""), told


@pytest.mark.parametrize("actor", ACTORS)
def test_endpoints(office, actor):
    client = office.program(actor)
    for route, methods in ENDPOINTS.items():
        path = f"/api/v1/staff/{office.fill(route)}"
        for method, needed in methods.items():
            reply = client.generic(method, path, "{}", "application/json")
            told = f"{actor} {method} {path}: {reply.status_code}"
            if actor not in RANK:
                assert reply.status_code == 401, told
            elif RANK[actor] < RANK[needed]:
                assert reply.status_code == 403, told
            elif (actor == "outsider" and "<slug:slug>" in route) or route == NEEDS_A_PACK:
                assert reply.status_code == 404, told
            elif route == TAKES_FILES:
                assert reply.status_code == 415, told
            else:
                assert reply.status_code in (200, 201, 202, 400, 409), told


def test_a_form_without_its_token_changes_nothing(office):
    client = office.browser("stranger", enforce_csrf_checks=True)
    assert client.post("/staff/login/", {"username": "admin", "password": "x"}).status_code == 403


def test_whoever_is_sent_away_is_out_at_once(office):
    client = office.browser("moderator")
    path = "/staff/projects/cells/"
    assert client.get(path).status_code == 200
    office.browser("admin").post("/staff/people/", {"action": "change", "username": "moderator", "role": "moderator"})
    assert client.get(path).status_code == 302


def test_login_never_leads_to_another_site(office):
    for wanted in ("https://example.org/", "//example.org/", "/accounts/logout/", "/staff/../accounts/"):
        client = office.browser("stranger")
        reply = client.post("/staff/login/", {"username": "admin", "password": "quartz-lantern", "next": wanted})
        assert reply["Location"].startswith("/staff/"), wanted
    client = office.browser("stranger")
    client.post("/staff/login/", {"username": "admin", "password": "quartz-lantern"})
    assert client.get("/staff/login/?next=/staff/people/")["Location"] == "/staff/people/"


@pytest.mark.once
def test_the_staff_process_alone_has_its_own_error_pages(tmp_path):
    """It serves none of the volunteers' pages, and theirs link to one another."""
    program = (
        "import django; django.setup(); from django.test import Client; "
        "client = Client(enforce_csrf_checks=True, headers={'host': 'localhost'}); "
        "print(client.post('/staff/login/').status_code, client.get('/nowhere').status_code)"
    )
    environment = {**os.environ, "GOLDVEIN_ROLE": "staff", "DJANGO_SETTINGS_MODULE": "webapp.config.settings"}
    environment |= {"GOLDVEIN_LOG": "CRITICAL", "GOLDVEIN_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["403", "404"], done.stderr


def test_what_breaks_is_told_by_the_side_that_it_belongs_to(rf):
    """One process that serves both: staff's pages for staff's addresses, the volunteers' for theirs."""
    for status, arguments in ((400, [ValueError()]), (403, [ValueError()]), (404, [ValueError()]), (500, [])):
        handler = get_resolver().resolve_error_handler(status)
        staff, volunteers = (handler(rf.get(path), *arguments) for path in ("/staff/nowhere", "/nowhere"))
        assert staff.status_code == volunteers.status_code == status
        assert b'href="/staff/"' in staff.content
        assert b'href="/staff/"' not in volunteers.content
