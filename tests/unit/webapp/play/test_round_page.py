import json
import re
from uuid import uuid4

from django.utils import timezone

from tests.factories import GuestFactory, ProjectFactory
from webapp.projects.models import Exemplar
from webapp.tasks.models import Round


def config_of(response) -> dict:
    block = re.search(r'<script id="round-config" type="application/json">(.*?)</script>', response.content.decode())
    return json.loads(block[1])


def test_the_script_is_told_what_it_needs_and_nothing_else(player, guest):
    ProjectFactory(slug="cells", title="Cells")
    response = player.get("/play/cells/")
    assert config_of(response) == {
        "slug": "cells",
        "title": "Cells",
        "kind": "class",
        "assist": False,
        "owner": guest.pseudonym,
        "isGuest": True,
        "finishedRound": None,
        "practice": False,
        "urls": {
            "home": "/",
            "tutorial": "/projects/cells/",
            "play": "/play/cells/",
            "practice": "/practice/cells/",
            "round": "/rounds/ROUND/",
            "board": "/leaderboard/cells/",
            "consent": "/consent/",
            "login": "/accounts/login/",
            "signup": "/accounts/signup/",
        },
    }
    assert "csrftoken" in response.cookies
    assert "no-store" in response["Cache-Control"]


def test_help_is_there_without_leaving_the_round(player):
    project = ProjectFactory(slug="cells", guideline="Look at the *nucleus*.")
    Exemplar.objects.create(project=project, file="a" * 32 + ".webp", caption="A clear one", is_positive=True)
    Exemplar.objects.create(project=project, file="b" * 32 + ".webp", caption="A blurred one", is_positive=False)
    page = player.get("/play/cells/").content.decode()
    dialog = page[page.index('<dialog id="help"') : page.index("</dialog>")]
    for piece in ("<em>nucleus</em>", "A clear one", "A blurred one", "Not like this"):
        assert piece in dialog


def test_a_finished_round_is_shown_to_its_player_alone(player, guest):
    project = ProjectFactory(slug="cells")
    mine, theirs = (
        Round.objects.create(project=project, annotator=who, size=10, started_at=timezone.now())
        for who in (guest, GuestFactory())
    )
    assert config_of(player.get(f"/rounds/{mine.pk}/"))["finishedRound"] == str(mine.pk)
    assert player.get(f"/rounds/{theirs.pk}/").status_code == 404
    assert player.get(f"/rounds/{uuid4()}/").status_code == 404
