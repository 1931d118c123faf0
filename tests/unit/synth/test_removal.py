"""Objects taken out of pictures: nothing is left of them, the rest is untouched, and the gates know what nothing is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from scipy import ndimage

from synth import manifest
from synth.data import NOTHING, DataError, read_labelled
from synth.fidelity import gate as fidelity
from synth.insertion.compose import compose
from synth.insertion.removal import holes_of
from synth.insertion.sample import Plan, sample_pack
from synth.realism.table import alike
from synth.scenes import Scene, empty_tiles
from tests.unit.synth.test_insertion import field, scan, write

CROP = 40


def quiet(_: str) -> None:
    pass


def named(scene: Scene) -> Scene:
    """As it is read again from a file of numbered objects."""
    return replace(scene, kinds=dict.fromkeys(scene.kinds, "object"))


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [field(seed, objects=5) for seed in range(8)]


@pytest.mark.parametrize("seed", range(4))
def test_of_what_is_taken_out_nothing_is_left_and_nothing_else_changes(seed: int) -> None:
    host = field(seed)
    moves = holes_of(host, [1], np.random.default_rng(seed))
    assert moves is not None
    (move,) = moves
    made = compose(host.pixels, move.pixels, move.part, match="heal").pixels
    was = host.objects == 1
    assert move.part[ndimage.binary_dilation(was, iterations=3)].all()
    background = host.pixels[..., 0][~ndimage.binary_dilation(host.objects > 0, iterations=5)].astype(float)
    level = made[..., 0].astype(float)
    assert level[was].mean() == pytest.approx(background.mean(), abs=1.5)
    assert level[was].std() == pytest.approx(background.std(), rel=0.35), "grain like its surroundings'"
    changed = (made != host.pixels).any(axis=2)
    assert not changed[~ndimage.binary_dilation(move.part, iterations=5)].any()
    assert np.isin(made, np.unique(host.pixels)).all(), "only grey levels that the host has"


def test_on_sloping_ground_the_hole_slopes_too() -> None:
    host = field(3)
    slope = np.linspace(0, 60, host.pixels.shape[1])[None, :, None]
    host = replace(host, pixels=np.clip(host.pixels + slope, 0, 255).astype(np.uint8))
    moves = holes_of(host, [2], np.random.default_rng(0))
    assert moves is not None
    made = compose(host.pixels, moves[0].pixels, moves[0].part, match="heal").pixels[..., 0].astype(float)
    rest = made - 30 - slope[..., 0]
    was = host.objects == 2
    left, right = was.copy(), was.copy()
    middle = int(ndimage.center_of_mass(was)[1])
    left[:, middle:], right[:, :middle] = False, False
    assert rest[left].mean() == pytest.approx(rest[right].mean(), abs=3)


def test_glow_that_no_outline_holds_goes_too() -> None:
    host = field(5, objects=3)
    away = ndimage.distance_transform_edt(host.objects != 1)
    glow = 25 * np.exp(-away / 3) * (host.objects != 1)
    host = replace(host, pixels=np.clip(host.pixels + glow[..., None], 0, 255).astype(np.uint8))
    moves = holes_of(host, [1], np.random.default_rng(0))
    assert moves is not None
    made = compose(host.pixels, moves[0].pixels, moves[0].part, match="heal").pixels[..., 0].astype(float)
    near = (away > 0) & (away < 4)
    assert made[near].mean() == pytest.approx(30, abs=3)


def test_what_stays_is_not_cut_and_a_full_picture_has_nothing_to_cover_with() -> None:
    host = field(2)
    beside = np.roll(host.objects == 1, 11, axis=1) & (host.objects == 0)
    host.objects[beside] = 9
    crowded = replace(host, kinds={**host.kinds, 9: "nucleus"})
    assert holes_of(crowded, [1], np.random.default_rng(0)) is None
    full = field(3)
    full.objects[full.objects == 0] = 99
    assert holes_of(full, [1], np.random.default_rng(0)) is None
    assert holes_of(field(3), [1, 2, 3, 4, 5], np.random.default_rng(0)) is None, "too many"


@pytest.mark.parametrize("kind", ["mask", "box"])
def test_a_share_of_the_pack_shows_nothing(tmp_path: Path, scenes: list[Scene], kind: str) -> None:
    plan = Plan(n=12, crop=CROP, kind=kind, seed=3, remove=0.25, reuse=4)
    sample_pack(scenes, tmp_path / "pack", plan, say=quiet)
    pack = manifest.read(tmp_path / "pack")
    gone = [item for item in pack.items if item.answer == {"kind": "nothing"}]
    assert (len(pack.items), len(gone), pack.generator["removed"]) == (12, 3, 3)
    for item in pack.items:
        level = np.asarray(PillowImage.open(tmp_path / "pack" / item.image).convert("L"))
        assert level.shape == (CROP, CROP)
        assert (ndimage.gaussian_filter(level.astype(float), 1).max() > 70) == (item not in gone)
        assert (item.label == "nucleus") == (kind == "mask")
        assert ("removed" in item.provenance) == (item in gone)


def test_an_organ_is_taken_out_of_its_slice(tmp_path: Path) -> None:
    scans = [scan(number) for number in range(3)]
    bare = [np.repeat(one.pixels[:12], 6, axis=0)[:64] for one in scans]  # room to take background from
    wide = [
        replace(one, pixels=np.hstack([one.pixels, rest]), objects=np.pad(one.objects, [(0, 0), (0, 64)]))
        for one, rest in zip(scans, bare, strict=True)
    ]
    sample_pack(wide, tmp_path, Plan(n=3, seed=1, remove=1.0), say=quiet)
    for item in manifest.read(tmp_path).items:
        level = np.asarray(PillowImage.open(tmp_path / item.image).convert("L")).astype(float)
        assert level[24:40, 24:40].mean() == pytest.approx(150, abs=6)


def test_nothing_is_no_class_and_cannot_be_known_where_not_all_is_labelled(tmp_path: Path, scenes: list[Scene]) -> None:
    for plan in (Plan(n=2, kind="class", remove=0.5), Plan(n=2, fully_labelled=False, remove=0.5)):
        with pytest.raises(DataError, match='"Nothing" is an answer about boxes or outlines'):
            sample_pack(scenes, tmp_path, plan, say=quiet)


def test_real_tiles_of_nothing_hold_none_and_lie_where_organs_do() -> None:
    rng = np.random.default_rng(0)
    fields = [field(seed, objects=2) for seed in range(4)]
    found = empty_tiles(fields, 24, 20, rng)
    assert len(found) == 20
    assert not any(scene.objects[place].any() for scene, place in found)
    there, bare = scan(1), replace(scan(1), objects=np.zeros((64, 64), np.int32), kinds={})
    ((scene, (rows, columns)),) = empty_tiles([there, bare], 16, 1, rng)
    assert scene is bare
    assert rows.start < 32 < rows.stop
    assert columns.start < 32 < columns.stop


def test_a_pack_is_held_against_as_many_real_pictures_of_nothing(tmp_path: Path, scenes: list[Scene]) -> None:
    real = read_labelled(write(scenes, tmp_path), size=CROP, with_nothing=True)
    empty = real.labels == real.keys.index(NOTHING)
    assert 10 < empty.sum() <= (~empty).sum()
    assert not real.masks[empty].any()
    quarter = real.part(np.concatenate([np.flatnonzero(empty)[:3], np.flatnonzero(~empty)[:9]]))
    held = alike(quarter, real)
    assert (held.labels == real.keys.index(NOTHING)).mean() == pytest.approx(0.25, abs=0.02)
    assert alike(real.part(empty), real).labels.tolist() == [real.keys.index(NOTHING)] * int(empty.sum())


def test_fidelity_refuses_an_object_that_was_left_in(tmp_path: Path) -> None:
    """The planted fault: the answer says nothing, the picture still shows something."""
    data = write([field(seed, objects=4) for seed in range(10)], tmp_path / "real")
    real = read_labelled(data, size=CROP, with_nothing=True)
    hosts = [named(field(seed, objects=4)) for seed in range(10, 15)]
    sample_pack(hosts, tmp_path / "pack", Plan(n=16, crop=CROP, seed=1, remove=0.5, reuse=4), say=quiet)
    pack = read_labelled(tmp_path / "pack")
    nothing = np.flatnonzero(pack.labels == pack.keys.index(NOTHING))
    left_in = nothing[:4]
    pack.pixels[left_in] = pack.pixels[np.setdiff1d(np.arange(16), nothing)[:4]]
    report, fit = fidelity.judge(pack, real, steps=60, say=quiet)
    assert report["judge"] == "outlines"
    assert not fit[left_in].any()
    assert fit[nothing[4:]].all()
    assert report["nothing"]["agreement"] == 0.5
    assert not report["nothing"]["passed"]
    assert not report["passed"]


def test_a_pack_of_boxes_is_judged_by_name(tmp_path: Path) -> None:
    data = write([field(seed, objects=5) for seed in range(8)], tmp_path / "real")
    real = read_labelled(data, size=CROP, with_nothing=True)
    hosts = [named(field(seed, objects=5)) for seed in range(8, 12)]
    sample_pack(hosts, tmp_path / "pack", Plan(n=16, crop=CROP, kind="box", remove=0.5, reuse=4), say=quiet)
    report, _ = fidelity.judge(read_labelled(tmp_path / "pack"), real, steps=60, say=quiet)
    assert report["judge"] == "labels"
    assert report["nothing"]["passed"]
    assert report["passed"]
