"""The experiment on pictures small enough: what each arm learns from, and the command."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from synth import cli, manifest
from synth.errors import DataError
from synth.scenes import Scene

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

from synth.cli.utility import ARMS as TOLD  # noqa: E402  # needs torch and MONAI, like what follows
from synth.maps import squares  # noqa: E402
from synth.utility import crowd, segmenter  # noqa: E402
from synth.utility.arms import ARMS, Material  # noqa: E402
from synth.utility.examples import Examples, of_maps, of_pack  # noqa: E402
from synth.utility.experiment import Plan, run  # noqa: E402
from synth.utility.generators import Order  # noqa: E402
from synth.utility.splits import rounds  # noqa: E402

SIDE = 32
KEYS = ("left", "right")


def scan(patient: int, number: int = 0) -> Scene:
    """A slice with a bright disc on its left and a grey one on its right."""
    rng = np.random.default_rng((patient, number))
    y, x = np.mgrid[:SIDE, :SIDE]
    discs = [np.hypot(x - at - rng.uniform(-1, 1), y - 16 - rng.uniform(-1, 1)) < rng.uniform(5, 6) for at in (8, 23)]
    objects = np.select(discs, [1, 2]).astype(np.int32)
    level = np.choose(objects, [60, 200, 130]) + rng.normal(0, 4, objects.shape)
    pixels = np.repeat(np.clip(np.rint(level), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    kinds = dict(enumerate(KEYS, start=1))
    return Scene(pixels, objects, kinds, f"p{patient}_{number:03d}", f"p{patient}", is_slice=True)


SCENES = [scan(patient, number) for patient in range(6) for number in range(2)]


def examples(scenes: list[Scene]) -> Examples:
    return of_maps(squares(scenes, KEYS, size=SIDE))


def mean_dice(model: object, on: Examples) -> list[float]:
    drawn = segmenter.predict(model, on.pixels)
    both = (drawn & on.masks).sum((0, 2, 3))
    return (2 * both / (drawn.sum((0, 2, 3)) + on.masks.sum((0, 2, 3)))).tolist()


@pytest.fixture
def material() -> Material:
    one = next(rounds(SCENES, folds=3, repeats=1, train_slices=4, seed=0, independent=True))
    order = Order(one.train, KEYS, SIDE, n=4, steps=1, seconds=None, threads=1, seed=3, say=lambda line: None)
    return Material(one, order, crowd_slices=2)


@pytest.mark.parametrize("augment", [False, True])
def test_a_network_learns_what_both_labels_look_like(augment: bool):
    model = segmenter.train(examples(SCENES[:6]), steps=60, seed=0, augment=augment)
    assert min(mean_dice(model, examples(SCENES[6:]))) > 0.75


def test_what_is_not_known_of_a_picture_teaches_nothing():
    """Most pictures were asked for the left disc only: that the right one was not drawn says nothing."""
    some = examples(SCENES[:6])
    asked = replace(some, masks=some.masks.copy(), known=some.known.copy())
    asked.masks[:, 1], asked.known[:, 1] = False, False
    denied = replace(asked, known=some.known)
    told = segmenter.train(some.join(asked).join(asked), steps=60, seed=0)
    misled = segmenter.train(some.join(denied).join(denied), steps=60, seed=0)
    held_out = examples(SCENES[6:])
    assert mean_dice(told, held_out)[1] > 0.75
    assert mean_dice(misled, held_out)[1] < mean_dice(told, held_out)[1] - 0.1


def test_augmentation_bends_pictures_and_masks_alike():
    one = examples([scan(0)])
    change = segmenter._augmentation(SIDE, 0)
    pixels, masks = segmenter._input(one.pixels)[0], torch.from_numpy(one.masks[0]).float()
    agree = []
    for _ in range(8):
        made = change({"pixels": pixels, "masks": masks})
        bright, left = made["pixels"][0] > 0.25, made["masks"][0] > 0
        agree.append(float(2 * (bright & left).sum() / (bright.sum() + left.sum())))
        assert not torch.equal(made["masks"], masks) or not torch.equal(made["pixels"], pixels)
    assert np.median(agree) > 0.8


def test_a_pack_knows_one_label_a_picture(tmp_path: Path):
    mask = np.zeros((16, 32), bool)
    mask[4:12, 8:16] = True
    items = tuple(
        manifest.Item(
            manifest.write_picture(tmp_path, f"images/{key}.png", np.full((16, 32, 3), 90, np.uint8)),
            manifest.mask_answer(mask),
            label=key,
        )
        for key in KEYS
    )
    labels = tuple(manifest.PackLabel(key, key) for key in KEYS)
    manifest.write(tmp_path, manifest.Manifest("two", "mask", labels, items, {"model": "insert"}))
    found = of_pack(tmp_path, KEYS, SIDE)
    assert found.known.tolist() == [[True, False], [False, True]]
    assert found.pixels[0, :8].max() == 0, "padded to a square"
    assert found.masks[0, 0, 12:20, 8:16].all()
    assert found.masks.sum(axis=(2, 3)).tolist() == [[64, 0], [0, 64]]
    with pytest.raises(DataError, match="asks for 'right'; the data holds left"):
        of_pack(tmp_path, ("left",), SIDE)


def test_a_simulated_crowd_is_good_and_not_exact():
    found, agreement = crowd.simulated(SCENES, KEYS, n=5, size=SIDE, rng=np.random.default_rng(0))
    true = examples(SCENES[:5])
    assert len(found) == 5
    assert np.array_equal(found.pixels, true.pixels)
    assert 0.85 < agreement < 0.99
    with pytest.raises(DataError, match="No further labelled slice"):
        crowd.simulated([], KEYS, n=5, size=SIDE, rng=np.random.default_rng(0))


@pytest.mark.parametrize("arm", ["insert", "crowd", "extra"])
def test_arms_add_what_they_say(material: Material, arm: str):
    material._made["pix2pix"] = material.real()  # of the arm with a crowd, only the crowd is looked at
    added = ARMS[arm].adds(material)
    real = {picture.tobytes() for picture in examples(material.round.further).pixels}
    own = {picture.tobytes() for picture in material.real().pixels}
    held = {picture.tobytes() for picture in examples(material.round.test).pixels}
    pictures = [picture.tobytes() for picture in added.pixels]
    assert not set(pictures) & held
    if arm == "insert":
        assert 1 <= len(added) <= 4
        assert not set(pictures) & (real | own), "an organ was put in"
        assert (added.known.sum(axis=1) == 1).all()
    elif arm == "crowd":
        assert set(pictures[4:]) <= real
        assert len(added) == 4 + 2
        assert 0.8 < material.crowd_dice < 1
    else:
        assert set(pictures) <= real
        assert len(added) == 4


def test_a_given_crowds_slices_of_held_out_sources_are_left_out(material: Material):
    material.crowd_scenes = SCENES
    held = {picture.tobytes() for picture in examples(material.round.test).pixels}
    for n in (2, 99):
        material.crowd_slices = n
        found = material.crowd()
        assert len(found) == min(n, len(SCENES) - len(material.round.test))
        assert not {picture.tobytes() for picture in found.pixels} & held
    material.crowd_scenes = material.round.test
    with pytest.raises(DataError, match="no slice of a source that may be trained on"):
        material.crowd()


def test_generators_see_only_the_training_slices_of_their_round(monkeypatch: pytest.MonkeyPatch):
    from synth.utility import arms

    seen: list[set[str]] = []

    def watched(model: str, order: Order) -> Examples:
        seen.append({scene.name for scene in order.scenes})
        return examples(order.scenes)

    monkeypatch.setattr(arms, "generated", watched)
    plan = Plan(("control", "slices", "crowd"), train_slices=4, synthetic=4, folds=3, size=SIDE, steps=1)
    report = run(SCENES, plan, say=lambda line: None)
    tested = [{row["source"] for row in report["rows"] if row["fold"] == fold} for fold in range(3)]
    assert len(seen) == 6, "two models a round, each once"
    for n, names in enumerate(seen):
        assert len(names) == 4
        assert not {name.split("_")[0] for name in names} & tested[n // 2]


def test_the_same_seed_gives_the_same_figures_and_every_source_judges():
    plan = Plan(("control", "augmented", "extra"), train_slices=4, synthetic=2, folds=2, size=SIDE, steps=4, seed=1)
    first, again = (run(SCENES, plan, say=lambda line: None) for _ in range(2))
    assert first == again
    assert {row["source"] for row in first["rows"]} == {f"p{n}" for n in range(6)}
    assert {row["trained_on"] for row in first["rows"] if row["arm"] == "extra"} == {6}
    assert all(row["iou"] <= row["dice"] for row in first["rows"])
    assert first["rows"] != run(SCENES, replace(plan, seed=2), say=lambda line: None)["rows"]


def test_a_single_patient_is_told(tmp_path: Path):
    scenes = [scan(0, number) for number in range(24)]
    plan = Plan(("control",), train_slices=4, folds=2, size=SIDE, steps=1)
    report = run(scenes, plan, say=lambda line: None)
    assert not report["independent"]
    assert "one source, p0" in report["notes"][0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for scene in SCENES:
        for part, values in (("images", scene.pixels), ("labels", scene.objects.astype(np.uint8))):
            (tmp_path / "data" / part).mkdir(parents=True, exist_ok=True)
            PillowImage.fromarray(values).save(tmp_path / "data" / part / f"{scene.name}.png")
    return tmp_path / "data"


NAMES = json.dumps({str(n): key for n, key in enumerate(KEYS, start=1)})
SMALL = ["--label-names", NAMES, "--size", "32", "--folds", "2", "--steps", "2", "--generator-steps", "1"]


def test_the_command_runs_every_arm(folder: Path, capsys: pytest.CaptureFixture[str]):
    small = ["--source", "^p[0-9]", "--train-slices", "3", "--synthetic", "2", "--json"]
    assert cli.main(["utility", "--data", str(folder), *SMALL, *small]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [arm["arm"] for arm in report["arms"]] == [arm for arm in ARMS if arm not in _missing(report)]
    assert set(ARMS) - _missing(report) >= {"control", "augmented", "pix2pix", "slices", "crowd", "extra"}
    assert report["sources"] == 6
    assert report["crowd"] == "simulated"
    assert any("simulated" in note for note in report["notes"])


def _missing(report: dict) -> set[str]:
    return {entry["arm"] for entry in report["missing"]}


def test_the_table_is_plain_text(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["utility", "--data", str(folder), *SMALL, "--arms", "extra", "--train-slices", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["arm", "slices", "rounds", "Dice"]
    assert lines[1].startswith("control")
    assert lines[1].endswith("-")
    assert lines[2].startswith("extra")
    assert lines[2].endswith("%")
    assert lines[3].startswith("Each picture counts as a source of its own")


def test_arms_are_named_alike_with_and_without_torch():
    assert tuple(ARMS) == TOLD == Plan().arms


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--size", "36"], "divide by 8; it is 36"),
        (["--folds", "1"], "At least 2 folds"),
        (["--folds", "13"], "13 folds need as many sources; there are 12"),
        (["--train-slices", "50"], "50 labelled slices are wanted"),
        (["--label-names", '{"9": "liver"}'], "no labelled object"),
        (["--source", "("], "regular expression"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str
):
    try:
        code = cli.main(["utility", "--data", str(folder), *SMALL, *more])
    except SystemExit as error:
        code = error.code
    assert code == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_without_monai_the_command_says_how_to_get_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "monai.networks.nets", None)
    assert cli.main(["utility", "--data", str(folder), *SMALL]) == 2
    assert "utility` needs MONAI: pip install goldvein[utility]" in capsys.readouterr().err
