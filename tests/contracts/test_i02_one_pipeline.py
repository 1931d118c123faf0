"""I2: gold and open pictures go through one pipeline and come out alike."""

import re
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from PIL import Image as Pillow

from quality.store.models import GoldTruth
from quality.store.services import import_gold_pack, import_images
from synth import manifest
from tests.factories import ProjectFactory
from webapp.images.models import Image, Source

pytestmark = pytest.mark.django_db


def both(tmp_path: Path) -> None:
    """Five open pictures from a folder, five gold ones from a pack."""
    project = ProjectFactory()
    rng = np.random.default_rng(3)
    folder, pack = tmp_path / "open", tmp_path / "pack"
    folder.mkdir()
    items = []
    for n in range(5):
        noise = rng.integers(0, 255, (2, 50, 60, 3), dtype=np.uint8)
        Pillow.fromarray(noise[0]).save(folder / f"{n}.png")
        name = manifest.write_picture(pack, f"images/{n}.png", noise[1])
        items.append(manifest.Item(image=name, answer={"kind": "class", "label": "cat"}))
    labels = (manifest.PackLabel("cat", "Cat"),)
    manifest.write(pack, manifest.Manifest("Cats", "class", labels, tuple(items)))
    import_images(by=None, project=project, path=folder)
    import_gold_pack(by=None, project=project, path=pack)


def test_i2_gold_and_open_pictures_are_made_alike(tmp_path):
    both(tmp_path)
    gold = set(GoldTruth.objects.values_list("task__image", flat=True))
    assert (len(gold), Image.objects.count()) == (5, 10)
    pipelines = [{**made, "seed": None} for made in Source.objects.values_list("pipeline", flat=True)]
    assert all(made == pipelines[0] for made in pipelines)
    assert len(set(Image.objects.values_list("width", "height", "markers"))) == 1


def test_i2_files_tell_neither_age_nor_origin(tmp_path):
    both(tmp_path)
    files = [path for path in settings.PICTURES.rglob("*") if path.is_file()]
    assert len(files) == 10
    assert len({path.stat().st_mtime for path in files}) == 1
    assert len({(path.suffix, len(path.name)) for path in files}) == 1
    assert all(re.fullmatch(r"[0-9a-f]{32,}\.\w+", path.name) for path in files)
    for path in files:
        with Pillow.open(path) as picture:
            assert set(picture.info) <= {"background", "loop", "timestamp", "duration"}
            assert not picture.getexif()
