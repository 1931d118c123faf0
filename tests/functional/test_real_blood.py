"""Blood smears: boxes round white cells and platelets (`real.py`)."""

import shutil
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from quality.domain.metrics.boxes import match_boxes
from tests.functional import site as sites
from tests.functional.player import Player
from tests.functional.real import CROWD, exported, made_from, make, play

pytestmark = [pytest.mark.browser, pytest.mark.real_data, pytest.mark.timeout(1200)]


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
    make(site, "blood", "box", "Box every white cell and every platelet.", ["WBC", "Platelets"])
    site.manage("import_images", "blood", str(folder), "--gold-share", "0.2", "--json")
    return truth


def test_a_person_plays(player: Player, blood: dict):
    def answer(p: Player) -> None:
        """Somebody who draws where they see something, and is honest about the rest."""
        if p.page.locator(".progress strong").inner_text() in {"1", "2"}:
            p.drag(0.3, 0.4, 0.6, 0.6)
        else:
            p.tap(p.button("Can’t tell"))

    play(player, "blood", answer)


def test_a_crowd_labels_them(site: sites.Site, blood: dict, tmp_path: Path):
    site.manage("simulate_crowd", "blood", "--url", site.url, *CROWD)
    coco = exported(site, "blood", tmp_path)
    found: dict[str, list[list[float]]] = defaultdict(list)
    for entry in coco["annotations"]:
        x, y, w, h = entry["bbox"]
        found[Path(made_from(coco, entry)).stem].append([x, y, x + w, y + h])
    labelled = {Path(i["file_name"]).stem for i in coco["images"] if i["goldvein"]["labelled"]}
    hits = sum(_hits(found[name], blood[name]) for name in labelled)
    total = sum(len(found[name]) + len(blood[name]) for name in labelled)
    assert len(labelled) >= 20
    assert 2 * hits / total >= 0.85, "F1 at IoU .5 against the truth held back"


def _hits(found: list[list[float]], true: list[list[float]]) -> int:
    """Matches at IoU .5, one to one."""
    if not found or not true:
        return 0
    return len(match_boxes(np.array(found), np.array(true), threshold=0.5))
