"""I2: gold that comes later looks like the pictures that are there: their size, their orientation marks."""

from pathlib import Path

import numpy as np
import pytest

from quality.store.services import import_gold_pack
from synth.manifest import Item, Manifest, PackLabel, write, write_picture
from tests.factories.projects import ProjectFactory
from webapp.images.models import Image
from webapp.images.services import add_picture

pytestmark = pytest.mark.django_db


def noise(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Three squares of 80 px and a wide one."""
    items = []
    for number, (height, width) in enumerate([(80, 80), (80, 80), (80, 80), (40, 80)]):
        image = write_picture(tmp_path, f"images/{number}.png", noise(100 + number, height, width))
        items.append(Item(image=image, answer={"kind": "class", "label": "one"}))
    write(tmp_path, Manifest("later", "class", (PackLabel("one", "One"),), tuple(items)))
    return tmp_path


def test_gold_takes_the_size_and_the_marks_that_all_pictures_share(pack: Path):
    project = ProjectFactory(kind="class", labels=["one", "two"])
    for seed in range(3):
        add_picture(
            project=project, picture=noise(seed, 64, 64), name=f"{seed}", group="", provenance={}, markers="RALP"
        )
    report = import_gold_pack(by=None, project=project, path=pack)
    assert report.taken == 3
    assert report.refused[0]["reason"].startswith(
        "Expected a picture in the shape of the project's others (64 x 64 px)"
    )
    assert set(Image.objects.filter(project=project).values_list("width", "height", "markers")) == {(64, 64, "RALP")}


def test_where_pictures_differ_anyway_gold_keeps_its_size(pack: Path):
    project = ProjectFactory(kind="class", labels=["one", "two"])
    for seed, side in enumerate((64, 70)):
        add_picture(project=project, picture=noise(seed, side, side), name=f"{seed}", group="", provenance={})
    assert import_gold_pack(by=None, project=project, path=pack).taken == 4
