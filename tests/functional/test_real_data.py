"""The whole way on real images: import, gold, a person at the browser, a crowd of 30, export, against the truth that
was held back. Three kinds: cells (class), a liver in CT slices (mask, with the assist), blood cells (box)."""

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, expect

from quality.domain import masks
from quality.domain.metrics.boxes import match_boxes
from tests.functional import site as sites
from tests.functional.player import Player

pytestmark = [pytest.mark.browser, pytest.mark.real_data, pytest.mark.timeout(1200)]

CROWD = ["--people", "30", "--rounds", "2", "--seed", "3", "--seconds", "240", "--json"]

MAKE = """
from webapp.projects import services
project = services.create_project(by=None, title={title!r}, slug={slug!r}, kind={kind!r}, prompt={prompt!r},
    labels={labels!r}, redundancy=5, ethics_reference="Test on published data", data_licence="As published")
services.open_project(by=None, project=project)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    with sites.running(tmp_path_factory.mktemp("real"), GOLDVEIN_THROTTLE="off") as running:
        yield running


@pytest.fixture(scope="module")
def cells(site: sites.Site, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, list, str]]:
    """Crops of 119 cells; the truth as (picture, box, class)."""
    source = real_data / "cells_bal"
    truth = [
        (t["image"] + ".tiff", t["box"], t["cls"])
        for t in json.loads((source / "bal_exact.json").read_text())["ground_truth"]
    ]
    folder = tmp_path_factory.mktemp("cells")
    for picture in (source / "images").glob("*.tiff"):
        shutil.copy(picture, folder)
    with open(folder / "labels.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "label", "x1", "y1", "x2", "y2"])
        table.writerows([name, label, *box] for name, box, label in truth)
    _make(site, "cells", "class", "Which cell is in the middle?", sorted({label for _, _, label in truth}))
    site.manage("import_images", "cells", str(folder), "--gold-share", "0.2", "--set", "crops=true", "--json")
    return truth


@pytest.fixture(scope="module")
def blood(site: sites.Site, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[float]]]:
    """30 blood smears; the truth as white cells and platelets by picture (red cells are labelled only in part)."""
    source = real_data / "cells_bccd"
    folder = tmp_path_factory.mktemp("blood")
    truth: dict[str, list[list[float]]] = defaultdict(list)
    for file in sorted((source / "annotations").rglob("*.xml"))[:30]:
        tree = ElementTree.parse(file)
        for found in tree.findall("object"):
            if found.findtext("name") == "RBC":
                tree.getroot().remove(found)
                continue
            box = [float(found.findtext(f"bndbox/{edge}") or 0) for edge in ("xmin", "ymin", "xmax", "ymax")]
            truth[file.stem].append(box)
        tree.write(folder / file.name)
        shutil.copy(next((source / "images").rglob(f"{file.stem}.*")), folder)
    _make(site, "blood", "box", "Box every white cell and every platelet.", ["WBC", "Platelets"])
    site.manage("import_images", "blood", str(folder), "--gold-share", "0.2", "--json")
    return truth


@pytest.fixture(scope="module")
def liver(site: sites.Site, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Every third slice of a CT; the truth as bool[i, j, k] in the volume's own order."""
    folder = tmp_path_factory.mktemp("liver")
    for name, part in (("images", "ct_ds2.nii.gz"), ("labels", "liver_ds2.nii.gz")):
        (folder / name).mkdir()
        shutil.copy(real_data / "ct_liver_chaos" / part, folder / name / "scan.nii.gz")
    _make(site, "liver", "mask", "Outline the liver.", ["liver"])
    site.manage(
        "import_images", "liver", str(folder), "--gold-share", "0.2", "--json",
        "--set", "window=ct-abdomen", "--set", "slice_step=3", "--set", 'label_names={"1": "liver", "255": "liver"}',
    )  # fmt: skip
    return np.asarray(nib.load(real_data / "ct_liver_chaos" / "liver_ds2.nii.gz").dataobj) > 0


def _make(site: sites.Site, slug: str, kind: str, prompt: str, labels: list[str]) -> None:
    site.manage("shell", "-c", MAKE.format(title=slug.title(), slug=slug, kind=kind, prompt=prompt, labels=labels))


def _play(player: Player, project: str, answer) -> None:
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


@pytest.fixture
def player(screen: BrowserContext, site: sites.Site, request: pytest.FixtureRequest) -> Player:
    return Player(screen, site.url, size=request.node.callspec.params["screen"])


ASIDE = (
    "from quality.store.models import GoldTruth;"
    "print(GoldTruth.objects.filter(project__slug='cells', state='quarantined').count())"
)


class TestCells:
    def test_a_person_plays(self, player: Player, cells: list):
        _play(player, "cells", lambda p: p.tap(p.page.locator(".answers .answer").first))

    def test_a_crowd_labels_them(self, site: sites.Site, cells: list, tmp_path: Path):
        site.manage("simulate_crowd", "cells", "--url", site.url, *CROWD)
        coco = _exported(site, "cells", tmp_path)
        names = {c["id"]: c["name"] for c in coco["categories"]}
        right = [names[a["category_id"]] == _nearest(cells, _file(coco, a), a["bbox"]) for a in coco["annotations"]]
        assert len(right) >= 60
        assert np.mean(right) >= 0.9

    def test_gold_is_not_exported_unless_asked_for(self, site: sites.Site, cells: list, tmp_path: Path):
        """I5"""
        without = _exported(site, "cells", tmp_path)
        with_gold = _exported(site, "cells", tmp_path, "--include-gold")
        assert not any(a["goldvein"]["gold"] for a in without["annotations"])
        assert len(with_gold["images"]) == len(cells)
        gold = {a["image_id"] for a in with_gold["annotations"] if a["goldvein"]["gold"]}
        # A truth that good people keep answering otherwise is set aside, and its picture is an open one from then on.
        aside = int(site.manage("shell", "-v", "0", "-c", ASIDE))
        assert aside <= 1
        assert len(gold) == round(0.2 * len(cells)) - aside
        assert len(without["images"]) == len(cells) - len(gold)


class TestBlood:
    def test_a_person_plays(self, player: Player, blood: dict):
        def answer(p: Player) -> None:
            """Somebody who draws where they see something, and is honest about the rest."""
            if p.page.locator(".progress strong").inner_text() in {"1", "2"}:
                p.drag(0.3, 0.4, 0.6, 0.6)
            else:
                p.tap(p.button("Can’t tell"))

        _play(player, "blood", answer)

    def test_a_crowd_labels_them(self, site: sites.Site, blood: dict, tmp_path: Path):
        site.manage("simulate_crowd", "blood", "--url", site.url, *CROWD)
        coco = _exported(site, "blood", tmp_path)
        found: dict[str, list[list[float]]] = defaultdict(list)
        for entry in coco["annotations"]:
            x, y, w, h = entry["bbox"]
            found[Path(_file(coco, entry)).stem].append([x, y, x + w, y + h])
        labelled = {Path(i["file_name"]).stem for i in coco["images"] if i["goldvein"]["labelled"]}
        hits = sum(_hits(found[name], blood[name]) for name in labelled)
        total = sum(len(found[name]) + len(blood[name]) for name in labelled)
        assert len(labelled) >= 20
        assert 2 * hits / total >= 0.85, "F1 at IoU .5 against the truth held back"


class TestLiver:
    def test_a_person_plays_with_the_assist(self, player: Player, liver: np.ndarray):
        def answer(p: Player) -> None:
            p.drag(0.2, 0.35, 0.5, 0.6)
            # The proposal comes over the socket; it is part of the answer, so it can be undone after the box.
            expect(p.button("Undo")).to_have_attribute("aria-disabled", "false")
            p.page.wait_for_timeout(400)

        _play(player, "liver", answer)

    def test_a_crowd_outlines_it(self, site: sites.Site, liver: np.ndarray, tmp_path: Path):
        site.manage("simulate_crowd", "liver", "--url", site.url, *CROWD)
        coco = _exported(site, "liver", tmp_path)
        for entry in coco["annotations"]:
            assert masks.decode(entry["segmentation"]).sum() == entry["area"]
        assert len(coco["annotations"]) >= 10

    def test_the_exported_volume_fits_the_original(
        self, site: sites.Site, liver: np.ndarray, real_data: Path, tmp_path: Path
    ):
        out = tmp_path / "liver.zip"
        site.manage("export_dataset", "liver", "--format", "nifti", "--out", str(out))
        shutil.unpack_archive(out, tmp_path / "liver")
        label = nib.load(next((tmp_path / "liver" / "labels").glob("*.nii.gz")))
        original = nib.load(real_data / "ct_liver_chaos" / "ct_ds2.nii.gz")
        values = _like(np.asarray(label.dataobj), label.affine, original)
        answered = (values != 255).any(axis=(0, 1))
        assert 10 <= answered.sum() <= 26, "slices that were neither imported nor answered are ignore (I11)"
        ours, truth = values[..., answered] == 1, liver[..., answered]
        assert 2 * (ours & truth).sum() / (ours.sum() + truth.sum()) >= 0.85, "Dice against the truth held back"


def _like(values: np.ndarray, affine: np.ndarray, original: nib.Nifti1Image) -> np.ndarray:
    """The label volume in the voxel order of the original file, through both affines."""
    turn = nib.orientations.ornt_transform(nib.io_orientation(affine), nib.io_orientation(original.affine))
    turned = nib.orientations.apply_orientation(values, turn)
    assert turned.shape == original.shape
    placed = affine @ nib.orientations.inv_ornt_aff(turn, values.shape)
    np.testing.assert_allclose(placed, original.affine, atol=1e-3)
    return turned


def _exported(site: sites.Site, project: str, folder: Path, *extra: str) -> dict:
    out = folder / f"{project}{len(extra)}.json"
    site.manage("export_dataset", project, "--format", "coco", "--out", str(out), *extra)
    return json.loads(out.read_text())


def _file(coco: dict, annotation: dict) -> str:
    return next(i["file_name"] for i in coco["images"] if i["id"] == annotation["image_id"])


def _nearest(truth: list[tuple[str, list, str]], name: str, bbox: list[float]) -> str:
    """Class of the true box whose centre is nearest to the crop's."""
    centre = np.array([bbox[0] + bbox[2] / 2, bbox[1] + bbox[3] / 2])
    near = [
        (float(np.hypot(*(np.array([(b[0] + b[2]) / 2, (b[1] + b[3]) / 2]) - centre))), label)
        for picture, b, label in truth
        if picture in name
    ]
    return min(near)[1]


def _hits(found: list[list[float]], true: list[list[float]]) -> int:
    """Matches at IoU .5, one to one."""
    if not found or not true:
        return 0
    return len(match_boxes(np.array(found), np.array(true), threshold=0.5))
