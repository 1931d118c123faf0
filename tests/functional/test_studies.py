"""A study at the browser, on both sizes: it is made, somebody takes part, somebody reads the figures."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from synth.manifest import Item, Manifest, PackLabel, write, write_picture
from tests.functional import site as sites
from tests.functional.conftest import SCREENS
from tests.functional.player import Player

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PASSWORD = "quartz-lantern"


def blob(rng: np.random.Generator, level: int) -> np.ndarray:
    """A cell of a kind, 96 x 96: a bright disc of random size on noise."""
    y, x = np.mgrid[:96, :96] - 47.5
    disc = np.hypot(x, y) < rng.uniform(18, 36)
    return np.clip(rng.normal(60, 8, (96, 96)) + level * disc, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    """A site with an administrator and nothing else."""
    with sites.running(tmp_path_factory.mktemp("studies"), STAFF_PASSWORD=PASSWORD) as running:
        running.manage("create_staff", "ada", "--password-env", "STAFF_PASSWORD")
        yield running


@pytest.fixture
def staff(screen: BrowserContext, site: sites.Site, request: pytest.FixtureRequest) -> Iterator[Player]:
    player = Player(screen, site.url, size=request.node.callspec.params["screen"])
    player.visit("/staff/login/")
    player.page.fill("input[name=username]", "ada")
    player.page.fill("input[name=password]", PASSWORD)
    player.tap(player.button("Log in"))
    player.page.wait_for_url(re.compile(r"/staff/$"))
    yield player
    assert player.problems == []


@pytest.fixture
def volunteer(browser: Browser, site: sites.Site, staff: Player) -> Iterator[Player]:
    """Somebody else, on a screen of the same size."""
    context = browser.new_context(**SCREENS[staff.size])
    context.set_default_timeout(15_000)
    player = Player(context, site.url, size=staff.size)
    yield player
    assert player.problems == []
    context.close()


def project_with_pictures(site: sites.Site, staff: Player, folder: Path) -> str:
    """A project made by hand; 20 real pictures and a pack of 20 made ones brought by the commands."""
    rng = np.random.default_rng(len(staff.size))  # the same pixels in two projects are in no study
    page = staff.page
    staff.visit("/staff/projects/new/")
    page.fill("input[name=title]", f"Cells on a {staff.size}")
    page.check("input[name=kind][value=class]")
    page.fill("[name=prompt]", "Which cell is it?")
    page.locator("[name=labels]").fill("round\nlong")
    staff.tap(page.locator("form button.button--primary").last)
    page.wait_for_url(re.compile(r"/staff/projects/cells-on-a-"))
    slug = re.search(r"/projects/([^/]+)/", page.url).group(1)  # type: ignore[union-attr]  # just waited for
    for number in range(20):
        write_picture(folder / "real", f"{number:02}.png", blob(rng, 90))
    names = [write_picture(folder / "pack", f"images/{number:02}.png", blob(rng, 60)) for number in range(20)]
    items = [Item(image=name, answer={"kind": "class", "label": "round"}, origin="synthetic") for name in names]
    write(folder / "pack", Manifest("diffusion 1", "class", (PackLabel("round", "Round"),), tuple(items)))
    site.manage("import_images", slug, str(folder / "real"))
    site.manage("import_gold", slug, str(folder / "pack"))
    return slug


def test_a_study_from_its_making_to_its_figures(staff: Player, volunteer: Player, site: sites.Site, tmp_path: Path):
    slug = project_with_pictures(site, staff, tmp_path)
    study = make_study(staff, slug)
    path = take_part(volunteer, staff.size)
    look_at_figures(staff, study)
    site.kill()  # what was acknowledged is there after a power cut (I8)
    site.start()
    volunteer.visit(path)
    expect(volunteer.page.locator("main")).to_contain_text("of your answers were right")
    staff.visit(study)
    expect(staff.page.locator(".figures")).to_contain_text("10decisions")


def make_study(staff: Player, slug: str) -> str:
    page = staff.page
    staff.visit(f"/staff/projects/{slug}/studies/")
    expect(page.locator("main")).to_contain_text("Fresh real pictures: 20")
    staff.check_accessibility()
    page.fill("#title", f"Made or real? ({staff.size})")
    page.fill("#introduction", "Can you tell which of these cells a computer made?")
    page.fill("#pairs", "4")
    page.fill("#singles", "6")
    page.fill("#couples", "20")
    staff.screenshot("staff-studies-new")
    staff.tap(staff.button("Make the study"))
    page.wait_for_url(re.compile(r"/studies/\d+/$"))
    page.fill("#ethics_reference", "Not needed: pictures without any patient")
    staff.tap(staff.button("Save"))
    expect(page.locator("#ethics_reference")).to_have_value("Not needed: pictures without any patient")
    staff.tap(staff.button("Open to volunteers"))
    expect(page.locator(".notice")).to_contain_text("The study is open")
    staff.screenshot("staff-study-open")
    staff.check_accessibility()
    return page.url.removeprefix(staff.url)


def take_part(volunteer: Player, size: str) -> str:
    """On a phone with the thumb, on a laptop with the keyboard alone; the page never says what was right."""
    page = volunteer.page
    volunteer.visit("/")
    volunteer.screenshot("studies-home")
    volunteer.tap(page.get_by_role("link", name=f"Have a look at Made or real? ({size})"))
    page.wait_for_url("**/consent/**")
    volunteer.agree()
    page.wait_for_url("**/studies/made-or-real-*/")
    path = page.url.removeprefix(volunteer.url)
    volunteer.screenshot("study-before")
    volunteer.check_accessibility()
    page.select_option("#profession", "imaging")
    page.select_option("#experience", "some")
    page.select_option("#device", "phone" if size == "phone" else "computer")
    volunteer.tap(volunteer.button("I agree"))
    page.wait_for_url("**/question/")
    for number in range(1, 11):
        expect(page.locator(".question-head")).to_contain_text(f"question {number} of 10", timeout=20_000)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        shown = page.locator("form[data-study] img")
        expect(shown).to_have_count(2 if number <= 4 else 1)
        expect(shown.first).to_have_js_property("complete", True)
        buttons = page.locator("form[data-study] button")
        for button in buttons.all():
            expect(button).to_be_in_viewport(ratio=1)
        if number in (1, 2, 5, 6):
            volunteer.screenshot(f"study-question-{number}")
            volunteer.check_accessibility()
        page.wait_for_timeout(150)
        if size == "phone":
            volunteer.tap(buttons.nth(number % 2))
        else:
            page.keyboard.press("12"[number % 2])
    page.wait_for_url(f"**{path}")
    expect(page.locator("main")).to_contain_text("of your answers were right", timeout=20_000)
    volunteer.screenshot("study-after")
    volunteer.check_accessibility()
    return path


def look_at_figures(staff: Player, study: str) -> None:
    page = staff.page
    staff.visit(study)
    expect(page.locator(".figures")).to_contain_text("10decisions")
    page.locator("summary").first.click()
    staff.screenshot("staff-study")
    page.screenshot(path=Path(__file__).parent / "screenshots" / f"staff-study-whole-{staff.size}.png", full_page=True)
    staff.check_accessibility()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    with page.expect_download() as download:
        staff.tap(page.get_by_role("link", name="All trials as CSV"))
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert [int(row["place"]) for row in rows] == list(range(1, 11))
    assert all(150 <= int(row["client_ms"]) < 60_000 for row in rows)
    assert {row["profession"] for row in rows} == {"imaging"}
    assert {row["generator"] for row in rows} == {"diffusion 1"}
