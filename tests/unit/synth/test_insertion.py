"""Objects put into other pictures: the truth is exact, the rest untouched, and no seam is left."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as PillowImage
from scipy import ndimage

from synth import manifest
from synth.cli import main
from synth.data import DataError, read_labelled
from synth.fidelity import gate as fidelity
from synth.insertion import grain
from synth.insertion.compose import compose
from synth.insertion.places import on_background, over_own
from synth.insertion.sample import Plan, sample_pack
from synth.scenes import Scene, read_scenes

SIDE = 96


def field(seed: int, *, light: float = 30.0, objects: int = 6) -> Scene:
    """Round bright nuclei on a dark background with camera noise, none touching another."""
    rng = np.random.default_rng(seed)
    level, numbers = np.full((SIDE, SIDE), light), np.zeros((SIDE, SIDE), dtype=np.int32)
    y, x = np.mgrid[:SIDE, :SIDE]
    for number in range(1, objects + 1):
        for _ in range(200):
            cx, cy, radius = *rng.uniform(12, SIDE - 12, 2), rng.uniform(4, 6)
            near = np.hypot(x - cx, y - cy) < radius + 9
            if not numbers[near].any():
                inside = np.hypot(x - cx, y - cy) < radius
                level[inside], numbers[inside] = light + rng.uniform(80, 120), number
                break
    level = ndimage.gaussian_filter(level, 0.8) + rng.normal(0, 2.5, level.shape)
    pixels = np.repeat(np.clip(np.rint(level), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    present = [int(n) for n in np.unique(numbers) if n]
    return Scene(pixels, numbers, dict.fromkeys(present, "nucleus"), f"field{seed}", f"slide {seed}")


def scan(seed: int) -> Scene:
    """A slice with one organ, darker than what is round it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64]
    organ = np.hypot((x - 32 - rng.uniform(-2, 2)) / 1.4, y - 32 - rng.uniform(-2, 2)) < rng.uniform(8, 10)
    level = ndimage.gaussian_filter(np.where(organ, 90.0, 150.0), 1.0) + rng.normal(0, 4, organ.shape)
    pixels = np.repeat(np.clip(np.rint(level), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return Scene(pixels, organ.astype(np.int32), {1: "organ"}, f"scan{seed}", f"patient {seed}", 1, True)


def write(scenes: list[Scene], folder: Path) -> Path:
    for scene in scenes:
        for part, values in (("images", scene.pixels), ("labels", scene.objects.astype(np.uint16))):
            (folder / part).mkdir(parents=True, exist_ok=True)
            PillowImage.fromarray(values).save(folder / part / f"{scene.name}.png")
    return folder


def test_smooth_part_and_grain_add_up_and_noise_is_grain():
    rng = np.random.default_rng(0)
    level = np.where(np.arange(64)[:, None] < 32, 40.0, 160.0) + rng.normal(0, 3, (64, 64))
    smooth, fine = grain.split(level)
    assert np.allclose(smooth + fine, level)
    assert fine[5:25].std() == pytest.approx(3, rel=0.15)
    assert smooth[5:25].std() < 1


@pytest.mark.parametrize("seed", range(4))
def test_an_object_moves_to_a_free_place_and_nothing_else_changes(seed: int):
    host, donor = field(seed), field(seed + 50)
    move = on_background(host, donor, 1, np.random.default_rng(seed))
    assert move is not None
    assert (move.part & (host.objects > 0)).sum() == 0
    assert ((move.objects == 1) & move.part).sum() == (donor.objects == 1).sum()
    made = compose(host.pixels, move.pixels, move.part)
    changed = (made.pixels != host.pixels).any(axis=2)
    assert changed.any()
    assert not changed[~ndimage.binary_dilation(move.part, iterations=7)].any()
    assert np.isin(made.pixels[..., 0], np.unique(host.pixels)).all(), "only grey levels that the host has"


def test_a_darker_donor_is_brought_to_the_hosts_level_and_grain():
    host, donor = field(1, light=60), field(2, light=20)
    move = on_background(host, donor, 1, np.random.default_rng(0))
    assert move is not None
    made = compose(host.pixels, move.pixels, move.part).pixels[..., 0].astype(float)
    seam = ndimage.binary_dilation(move.part, iterations=1) & ~ndimage.binary_erosion(move.part, iterations=1)
    assert made[seam & (move.objects == 0)].mean() == pytest.approx(60, abs=4)
    inner = ndimage.binary_erosion(move.part & (move.objects > 0), iterations=2)
    fine = grain.split(made)[1]
    assert fine[inner].std() == pytest.approx(fine[host.objects == 0].std(), rel=0.35)


def test_no_place_is_found_in_a_full_host():
    full = field(3)
    full.objects[full.objects == 0] = 1
    assert on_background(full, field(4), 1, np.random.default_rng(0)) is None


def test_an_organ_covers_the_hosts_own():
    host, donor = scan(1), scan(2)
    move = over_own(host, donor, "organ")
    assert move is not None
    assert move.part[host.objects > 0].all(), "nothing of the host's organ is left"
    made = compose(host.pixels, move.pixels, move.part, match="scale").pixels[..., 0].astype(float)
    truth = (move.objects == 1) & move.part
    assert truth.sum() == (donor.objects == 1).sum()
    assert made[ndimage.binary_erosion(truth, iterations=2)].mean() == pytest.approx(90, abs=6)
    assert made[~ndimage.binary_dilation(truth, iterations=3)].min() > 120, "no rest of another organ"


def test_white_surroundings_have_a_level_too():
    """255 and one more are 0 in eight bits, of which there is no logarithm."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:40, :40]
    part = np.hypot(x - 20, y - 20) < 8
    host, donor = (np.clip(np.where(part, level, 252) + rng.normal(0, 3, part.shape), 0, 255) for level in (120, 126))
    pixels = [np.repeat(np.rint(one).astype(np.uint8)[..., None], 3, axis=2) for one in (host, donor)]
    made = compose(pixels[0], pixels[1], ndimage.binary_dilation(part, iterations=2), match="scale")
    assert abs(float(np.median(made.pixels[part])) - 126) < 3
    assert made.mismatch < 0.1


def test_organs_that_are_not_alike_stay_where_they_are():
    small = scan(3)
    small.objects[:, 26:] = 0
    assert over_own(scan(4), small, "organ") is None


@pytest.mark.parametrize("kind", ["mask", "box", "class"])
def test_a_pack_says_what_was_put_where(tmp_path: Path, kind: str):
    scenes = [field(seed) for seed in range(6)]
    sample_pack(scenes, tmp_path / "pack", Plan(n=12, crop=48, kind=kind, seed=3), say=lambda _: None)
    pack = manifest.read(tmp_path / "pack")
    assert len(pack.items) == 12
    donors = [(item.provenance["donor"], item.provenance["object"]) for item in pack.items]
    assert max(donors.count(donor) for donor in donors) <= 2
    for item in pack.items:
        level = np.asarray(PillowImage.open(tmp_path / "pack" / item.image).convert("L")).astype(float)
        assert level.shape == (48, 48)
        if kind == "mask":
            truth = manifest.answer_mask(item.answer, (48, 48))
            assert level[truth].mean() > level[~truth].mean() + 40
            assert truth[20:28, 20:28].any() or truth.any()
        elif kind == "box":
            x1, y1, x2, y2, key = item.answer["boxes"][-1]
            assert key == "nucleus"
            assert level[int(y1) : int(y2), int(x1) : int(x2)].mean() > np.median(level) + 30
        else:
            assert item.answer["label"] == "nucleus"


def test_the_same_seed_makes_the_same_pack(tmp_path: Path):
    scenes = [field(seed) for seed in range(4)]
    for name in ("a", "b"):
        sample_pack(scenes, tmp_path / name, Plan(n=5, crop=48, seed=1), say=lambda _: None)
    first, second = (sorted((tmp_path / name / "images").iterdir()) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_known_only_round_the_object_where_not_everything_is_labelled(tmp_path: Path):
    plan = Plan(n=3, crop=48, kind="box", fully_labelled=False)
    sample_pack([field(seed) for seed in range(4)], tmp_path / "pack", plan, say=lambda _: None)
    for item in manifest.read(tmp_path / "pack").items:
        assert item.known_region is not None
        x1, y1, x2, y2 = item.known_region["boxes"][0]
        assert (x2 - x1) * (y2 - y1) < 48 * 48 / 2


def test_too_few_scenes_are_told(tmp_path: Path):
    with pytest.raises(DataError, match="are wanted; these scenes yield"):
        sample_pack([field(1)], tmp_path / "pack", Plan(n=50, crop=48), say=lambda _: None)


def test_scenes_from_volumes_lie_as_the_site_shows_them(tmp_path: Path):
    voxels, labels = np.zeros((20, 24, 3), np.float32), np.zeros((20, 24, 3), np.uint8)
    voxels[15:18, 18:22, 1], labels[15:18, 18:22, 1] = 100.0, 2  # the array runs to the left
    for part, values in (("images", voxels), ("labels", labels)):
        (tmp_path / part).mkdir()
        nib.save(nib.Nifti1Image(values, np.diag([-1.0, 1.0, 1.0, 1.0])), tmp_path / part / "p1.nii.gz")
    scenes = read_scenes(tmp_path, names={"2": "liver"})
    shown = next(scene for scene in scenes if scene.kinds)
    rows, columns = np.nonzero(shown.mask("liver"))
    assert shown.pixels.shape == (24, 20, 3)
    assert rows.max() < 12, "the front is up"
    assert columns.min() > 10, "the patient's left is on the right"
    assert (shown.pixels[..., 0][shown.mask("liver")] == 255).all()


def test_the_command_and_the_gates_take_scenes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data = write([field(seed) for seed in range(8)], tmp_path / "scenes")
    pack = tmp_path / "pack"
    asked = ["insert", "sample", "--data", str(data), "--crop", "48", "--n", "24", "--out", str(pack), "--seed", "2"]
    assert main(asked) == 0
    assert main(["realism", str(pack), "--real", str(data), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["certifiable"] is False, "24 pictures are too few to certify anything"
    assert main(["insert", "sample", "--data", str(tmp_path), "--n", "3", "--out", str(tmp_path / "x")]) == 2
    assert "needs images/ and labels/" in capsys.readouterr().err


def test_fidelity_judges_outlines_and_catches_shifted_ones(tmp_path: Path):
    data = write([field(seed, objects=8) for seed in range(14)], tmp_path / "scenes")
    real = read_labelled(data, size=48)
    pack = real.part(np.random.default_rng(0).permutation(len(real))[:40])
    assert pack.masks is not None
    pack.masks[20:] = np.roll(pack.masks[20:], 6, axis=2)
    report, fit = fidelity.judge(pack, real, steps=80, say=lambda _: None)
    assert report["judge"] == "outlines"
    assert report["dice_real"] > 0.75
    assert fit[:20].mean() > 0.8
    assert fit[20:].mean() < 0.2
    assert not report["passed"]
