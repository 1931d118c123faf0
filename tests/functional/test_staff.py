"""Staff at the browser: every page on both sizes, and a project from its first click to its export."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import BrowserContext, expect

from tests.functional import site as sites
from tests.functional.player import Player

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PAGES = (
    "",
    "settings/",
    "imports/",
    "gold/",
    "tasks/",
    "duplicates/",
    "review/",
    "flags/",
    "annotators/",
    "agreement/",
    "calibration/",
    "audits/",
    "studies/",
    "exports/",
)


@pytest.fixture
def staff(screen: BrowserContext, demo: sites.Site, request: pytest.FixtureRequest) -> Iterator[Player]:
    """Somebody logged in to the staff pages as the administrator whose password the demonstration printed."""
    player = Player(screen, demo.url, size=request.node.callspec.params["screen"])
    name, _, password = (demo.home / "staff-password.txt").read_text().strip().partition(" ")
    player.visit("/staff/login/")
    player.page.fill("input[name=username]", name)
    player.page.fill("input[name=password]", password)
    player.tap(player.button("Log in"))
    player.page.wait_for_url(re.compile(r"/staff/$"))
    yield player
    assert player.problems == []


def test_every_page_is_accessible(staff: Player):
    paths = ["/staff/", "/staff/people/", "/staff/account/", "/staff/projects/new/"]
    for project in ("which-cell", "outline-the-organ"):
        paths += [f"/staff/projects/{project}/{page}" for page in PAGES]
    for path in paths:
        response = staff.page.goto(staff.url + path)
        assert response is not None
        assert response.status == 200, path
        staff.screenshot(path.strip("/").replace("/", "-"))
        staff.check_accessibility()
        assert staff.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"


def test_the_crowd_left_something_to_look_at(staff: Player):
    staff.visit("/staff/projects/which-cell/annotators/")
    expect(staff.page.locator("table tbody tr")).not_to_have_count(0)
    staff.tap(staff.page.locator("table tbody a").first)
    staff.page.wait_for_url("**/annotators/*/")
    staff.screenshot("staff-annotator")
    staff.visit("/staff/projects/outline-the-organ/review/")
    staff.tap(staff.page.locator('main a[href*="/tasks/"]').first)
    staff.page.wait_for_url("**/tasks/*/")
    staff.page.wait_for_timeout(800)
    staff.screenshot("staff-task")
    staff.check_accessibility()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A zip of twelve labelled pictures and a file that is none."""
    rng, table = np.random.default_rng(5), ["image,label"]
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        for number in range(12):
            buffer = io.BytesIO()
            level = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Pillow.fromarray(level).resize((96, 96), Pillow.Resampling.BICUBIC).save(buffer, "PNG")
            archive.writestr(f"{number:02}.png", buffer.getvalue())
            table.append(f"{number:02}.png,{'round' if number % 2 else 'long'}")
        archive.writestr("labels.csv", "\n".join(table))
        archive.writestr("broken.png", b"not a picture")
    return tmp_path / "pictures.zip"


def test_a_project_from_the_first_click_to_the_export(staff: Player, pictures: Path):
    page, title = staff.page, f"Shapes on a {staff.size}"
    staff.visit("/staff/projects/new/")
    page.fill("input[name=title]", title)
    page.check("input[name=kind][value=class]")
    page.fill("[name=prompt]", "Which shape is it?")
    page.locator("[name=labels]").fill("round\nlong")
    staff.tap(page.locator("form button.button--primary").last)
    page.wait_for_url(re.compile(r"/staff/projects/shapes-on-a-"))
    project = re.search(r"/projects/([^/]+)/", page.url).group(1)  # type: ignore[union-attr]  # just waited for

    staff.visit(f"/staff/projects/{project}/imports/")
    page.set_input_files("#files", pictures)
    page.fill("#gold_share", "25")
    staff.tap(staff.button("Start the import"))
    page.wait_for_url("**/imports/*/")
    expect(page.locator("main")).to_contain_text("broken.png", timeout=60_000)
    expect(page.locator("main")).to_contain_text("12")
    staff.screenshot("staff-import-report")
    staff.check_accessibility()

    staff.visit(f"/staff/projects/{project}/exports/")
    staff.tap(staff.button("Start the export"))
    link = page.locator('a[href*="/file/"]')
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        staff.tap(link)
    coco = json.loads(Path(download.value.path()).read_text())
    assert len(coco["images"]) == 9, "a quarter of twelve is gold and stays out (I5)"
    assert coco["annotations"] == []
    assert all(image["goldvein"]["ignore"] == [1, 2] for image in coco["images"]), "nobody has labelled yet (I11)"


def test_a_volunteer_is_no_staff(screen: BrowserContext, demo: sites.Site):
    page = screen.new_page()
    page.goto(f"{demo.url}/consent/")
    page.get_by_role("button", name="I agree").click()
    page.wait_for_url(lambda url: "/consent/" not in url)
    page.goto(f"{demo.url}/staff/projects/which-cell/gold/")
    expect(page).to_have_url(re.compile(r"/staff/login/"))
    assert page.request.get(f"{demo.url}/api/v1/staff/projects").status == 401
