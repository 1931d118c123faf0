"""The whole way on real images: import, gold, a person at the browser, a crowd of 30, export, against the truth that
was held back. What its three kinds share."""

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.functional import site as sites
from tests.functional.player import Player

CROWD = ["--people", "30", "--rounds", "2", "--seed", "3", "--seconds", "240", "--leave", "--json"]

MAKE = """
from webapp.projects import services
project = services.create_project(by=None, title={title!r}, slug={slug!r}, kind={kind!r}, prompt={prompt!r},
    labels={labels!r}, redundancy=5, ethics_reference="Test on published data", data_licence="As published")
services.open_project(by=None, project=project)
"""


def make(site: sites.Site, slug: str, kind: str, prompt: str, labels: list[str]) -> None:
    site.manage("shell", "-c", MAKE.format(title=slug.title(), slug=slug, kind=kind, prompt=prompt, labels=labels))


def play(player: Player, project: str, answer) -> None:
    """A round as a person plays it, with a picture kept of the second question."""
    player.begin(project)
    for position in range(1, 11):
        player.sees_picture(position)
        answer(player)
        if position == 2:
            player.page.wait_for_timeout(600)
            player.screenshot(f"real-{project}")
        player.send()
    expect(player.page.get_by_role("heading", name="Thank")).to_be_visible()
    assert player.problems == []


def exported(site: sites.Site, project: str, folder: Path, *extra: str) -> dict:
    out = folder / f"{project}{len(extra)}.json"
    site.manage("export_dataset", project, "--format", "coco", "--out", str(out), *extra)
    return json.loads(out.read_text())


def made_from(coco: dict, annotation: dict) -> str:
    return next(i["file_name"] for i in coco["images"] if i["id"] == annotation["image_id"])
