"""A newcomer on the demonstration site: three kinds of question, on a phone and on a laptop."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.functional import site as sites
from tests.functional.player import Player

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def player(screen: BrowserContext, demo: sites.Site, request: pytest.FixtureRequest) -> Iterator[Player]:
    player = Player(screen, demo.url, size=request.node.callspec.params["screen"])
    yield player
    assert player.problems == []


def answer_class(player: Player, position: int) -> None:
    labels = player.page.locator(".answers .answer")
    player.tap(labels.nth(position % labels.count()))


def answer_box(player: Player, position: int) -> None:
    player.drag(0.35, 0.35, 0.6, 0.6)


def answer_mask(player: Player, position: int) -> None:
    """A box, and the proposed outline that comes for it."""
    if position % 3 == 0:
        player.tap(player.button("Nothing here"))
        return
    player.drag(0.3, 0.4, 0.55, 0.6)
    undo = player.button("Undo")
    expect(undo).to_have_attribute("aria-disabled", "false")


ANSWERS = {"which-cell": answer_class, "find-the-cells": answer_box, "outline-the-organ": answer_mask}


@pytest.mark.parametrize("project", list(ANSWERS))
def test_a_newcomer_plays_a_round(player: Player, project: str):
    player.begin(project)
    for position in range(1, 11):
        player.sees_picture(position)
        if position == 1:
            player.screenshot(f"{project}-empty")
            player.check_accessibility()
        ANSWERS[project](player, position)
        if position == 2:
            player.page.wait_for_timeout(600)  # for the picture's sake: overlays have settled
            player.screenshot(f"{project}-answered")
        player.send()
    expect(player.page.get_by_role("heading", name="Thank")).to_be_visible()
    if project == "which-cell":
        # The score comes after its fixed delay of at most 30 seconds.
        expect(player.page.locator("main")).to_contain_text("points", timeout=60_000)
    player.screenshot(f"{project}-summary")
    player.check_accessibility()


@pytest.mark.parametrize("project", list(ANSWERS))
def test_practice_explains_every_answer_at_once(player: Player, project: str):
    player.visit(f"/practice/{project}/")
    player.agree()
    player.sees_picture(1)
    ANSWERS[project](player, 0)
    player.send()
    verdict = player.page.locator(".verdict")
    expect(verdict.locator(".verdict__word")).not_to_be_empty()
    expect(player.page.locator(".stage__verdict image")).to_be_visible()
    player.screenshot(f"{project}-practice")
    player.check_accessibility()
    player.tap(player.button("Go on"))
    expect(verdict).to_have_count(0)
    player.sees_picture(2)


def test_a_team_is_founded_and_found_on_ones_page(player: Player):
    player.visit("/me/team/")
    player.agree()
    player.check_accessibility()
    player.tap(player.button("Found a team"))
    expect(player.page.locator("h1")).to_contain_text("Team ")
    name = player.page.locator("h1").inner_text()
    player.check_accessibility()
    player.visit("/me/")
    expect(player.page.locator("main")).to_contain_text(name)
    player.visit("/me/progress/")
    player.check_accessibility()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/about/",
        "/privacy/",
        "/consent/",
        "/projects/which-cell/",
        "/leaderboard/",
        "/teams/",
        "/accounts/login/",
        "/accounts/signup/",
    ],
)
def test_pages_are_accessible(player: Player, path: str):
    player.visit(path)
    player.screenshot("page" + path.replace("/", "-").rstrip("-"))
    player.check_accessibility()


def test_a_guest_becomes_an_account_and_keeps_everything(player: Player):
    player.visit("/consent/")
    player.agree()
    player.visit("/me/")
    name = player.page.locator("h1").inner_text()
    player.visit("/accounts/signup/")
    player.page.fill("input[name=email]", f"{player.size}@example.org")
    player.page.fill("input[name=password1]", "correct horse battery")
    player.page.fill("input[name=password2]", "correct horse battery")
    player.tap(player.page.locator("form button[type=submit]").last)
    player.page.wait_for_url(lambda url: "/signup" not in url)
    player.visit("/me/")
    assert player.page.locator("h1").inner_text() == name
    player.screenshot("me")
    player.check_accessibility()


def test_an_outline_drawn_by_hand_is_filled(player: Player):
    player.begin("outline-the-organ")
    player.sees_picture(1)
    fill = player.page.get_by_role("button", name="Fill")
    expect(fill).to_have_attribute("aria-disabled", "true")
    player.tap(player.page.get_by_role("button", name="Brush"))
    player.draw_ring()
    player.tap(fill)
    expect(player.page.get_by_text("Fill works on a closed outline")).to_have_count(0)
    player.screenshot("filled")
    player.tap(fill)  # nothing is left to fill, and that is said
    expect(player.page.get_by_text("Fill works on a closed outline")).to_be_visible()
    player.check_accessibility()
    player.send()
    player.sees_picture(2)
