"""A liver in CT slices, outlined with the drawing help (`real.py`)."""

import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import expect

from quality.domain import masks
from tests.functional import site as sites
from tests.functional.player import Player
from tests.functional.real import CROWD, exported, make, play

pytestmark = [pytest.mark.browser, pytest.mark.real_data, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def liver(site: sites.Site, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Every third slice of a CT; the truth as bool[i, j, k] in the volume's own order."""
    folder = tmp_path_factory.mktemp("liver")
    for name, part in (("images", "ct_ds2.nii.gz"), ("labels", "liver_ds2.nii.gz")):
        (folder / name).mkdir()
        shutil.copy(real_data / "ct_liver_chaos" / part, folder / name / "scan.nii.gz")
    make(site, "liver", "mask", "Outline the liver.", ["liver"])
    site.manage(
        "import_images", "liver", str(folder), "--gold-share", "0.2", "--json",
        "--set", "window=ct-abdomen", "--set", "slice_step=3", "--set", 'label_names={"1": "liver", "255": "liver"}',
    )  # fmt: skip
    return np.asarray(nib.load(real_data / "ct_liver_chaos" / "liver_ds2.nii.gz").dataobj) > 0


def test_a_person_plays_with_the_assist(player: Player, liver: np.ndarray):
    def answer(p: Player) -> None:
        p.drag(0.2, 0.35, 0.5, 0.6)
        # The proposal comes over the socket; it is part of the answer, so it can be undone after the box.
        expect(p.button("Undo")).to_have_attribute("aria-disabled", "false")
        p.page.wait_for_timeout(400)

    play(player, "liver", answer)


def test_a_crowd_outlines_it(site: sites.Site, liver: np.ndarray, tmp_path: Path):
    site.manage("simulate_crowd", "liver", "--url", site.url, *CROWD)
    coco = exported(site, "liver", tmp_path)
    for entry in coco["annotations"]:
        assert masks.decode(entry["segmentation"]).sum() == entry["area"]
    assert len(coco["annotations"]) >= 10


def test_the_exported_volume_fits_the_original(site: sites.Site, liver: np.ndarray, real_data: Path, tmp_path: Path):
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
