"""The first study's loop: what volunteers drew trains a generator, whose pictures go back to them, never as gold."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from scipy import ndimage

from quality.domain import masks
from quality.store.models import GoldTruth
from quality.store.services import GoldError, import_gold_pack, import_images, review
from synth import manifest
from synth.cli import main
from tests.factories import GuestFactory, ProjectFactory
from tests.players import play, tick
from webapp.exports.services import write_export
from webapp.images.models import Source
from webapp.projects.models import Project
from webapp.tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wall")]
PICTURES = 6


def disc(number: int) -> np.ndarray:
    rows, columns = np.mgrid[:48, :48]
    return (rows - 20 - number) ** 2 + (columns - 24) ** 2 < 100


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Project, Path]:
    """Pictures of a bright disc each, which three people outlined."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(PICTURES):
        grey = np.where(disc(number), 190, 60) + np.random.default_rng(number).normal(0, 5, (48, 48))
        Pillow.fromarray(ndimage.gaussian_filter(grey, 0.7).astype(np.uint8)).save(folder / f"{number}.png")
    project = ProjectFactory(kind="mask", labels=["liver"], redundancy=3, data_licence="CC0")
    import_images(by=None, project=project, path=folder)

    named = dict(Source.objects.filter(project=project).values_list("image", "name"))
    shown = {task.pk: int(Path(named[task.image_id]).stem) for task in Task.objects.filter(project=project)}

    def answer(claim):
        task = Task.objects.get(assignments=claim.assignment_id)
        return {"kind": "mask", "rle": masks.encode(disc(shown[task.pk]))}

    for person in GuestFactory.create_batch(3):
        play(person, project, answer, answers=PICTURES)
    tick()
    return project, folder


@pytest.mark.parametrize("model", ["slices", "pix2pix"])
def test_pictures_from_crowd_masks_come_back_as_pictures_and_never_as_gold(drawn, tmp_path, capsys, model):
    project, folder = drawn
    out, kept, pack = tmp_path / "export.zip", tmp_path / "model", tmp_path / "pack"
    write_export(project=project, format="csv", path=out)
    asked = ["--data", str(folder), "--from-export", str(out), "--min-quality"]
    steps = ["--size", "32", *(["--steps", "2"] if model == "slices" else ["--epochs", "1"])]
    assert main([model, "train", *asked, "0.999", "--out", str(kept), *steps]) == 2
    assert "holds no label with an expected quality of 0.999 or more" in capsys.readouterr().err
    assert main([model, "train", *asked, "0.5", "--out", str(kept), *steps]) == 0
    assert f"labels from crowd {PICTURES}" in capsys.readouterr().err
    learnt = json.loads((kept / "card.json").read_text())["data"]
    assert (learnt["pictures"], learnt["labels_from"]) == (PICTURES, {"crowd": PICTURES})
    sample = [model, "sample", "--checkpoint", str(kept), *asked, "0.5", "--n", "3", "--out", str(pack)]
    assert main([*sample, *(["--steps", "2"] if model == "slices" else [])]) == 0
    assert manifest.read(pack).labels_from == {"crowd": PICTURES}
    with pytest.raises(GoldError, match="learnt from 6 labels of the crowd.* cannot become gold"):
        import_gold_pack(by=None, project=project, path=pack)
    assert not GoldTruth.objects.filter(project=project).exists()
    report = import_images(by=None, project=project, path=pack / "images").summary()
    assert (report["taken"], report["tasks"], report["gold"], report["refused"]) == (3, 3, 0, [])


def test_what_a_moderator_revised_is_no_crowd_label(drawn, tmp_path):
    project, folder = drawn
    for task in Task.objects.filter(project=project):
        review(by=None, task_id=task.pk, action="revise", answer={"kind": "mask", "rle": masks.encode(disc(2))})
    out, kept, pack = tmp_path / "export.zip", tmp_path / "model", tmp_path / "pack"
    write_export(project=project, format="csv", path=out)
    asked = ["--data", str(folder), "--from-export", str(out)]
    assert main(["pix2pix", "train", *asked, "--out", str(kept), "--size", "32", "--epochs", "1"]) == 0
    assert main(["pix2pix", "sample", "--checkpoint", str(kept), *asked, "--n", "2", "--out", str(pack)]) == 0
    assert manifest.read(pack).labels_from == {"revised": PICTURES}
    assert import_gold_pack(by=None, project=project, path=pack).taken == 2
