"""Models that draw from label maps, the smallest that can be, and the seed study's GAN: trained, resumed, sampled."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from synth import cli, manifest

torch = pytest.importorskip("torch")

from synth.data import Squares, read_labelled  # noqa: E402
from synth.diffusion.network import Config, Denoiser  # noqa: E402  # needs torch
from synth.errors import DataError  # noqa: E402
from synth.gan import cgan  # noqa: E402
from synth.maps import UNLABELLED, deformed, planes, read_maps  # noqa: E402
from synth.pix2pix.network import Generator as MapToPicture  # noqa: E402
from synth.pix2pix.network import PatchDiscriminator  # noqa: E402

NAMES = {"1": "left", "2": "right"}


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Six grey pictures of 20 x 24 px, on each a bright square and a darker one beside it."""
    rng = np.random.default_rng(0)
    for folder in ("images", "labels"):
        (tmp_path / "scenes" / folder).mkdir(parents=True)
    for number in range(6):
        labels = np.zeros((20, 24), np.uint8)
        labels[6:14, 3:10], labels[5 : 13 + number % 2, 12:20] = 1, 2
        grey = np.choose(labels, [60, 200, 140]) + rng.normal(0, 4, labels.shape)
        for folder, pixels in (("images", np.clip(grey, 0, 255).astype(np.uint8)), ("labels", labels)):
            PillowImage.fromarray(pixels).save(tmp_path / "scenes" / folder / f"{number}.png")
    return tmp_path / "scenes"


@pytest.fixture
def unlabelled(scenes: Path, tmp_path: Path) -> Path:
    (tmp_path / "more" / "images").mkdir(parents=True)
    PillowImage.new("L", (24, 20), 90).save(tmp_path / "more" / "images" / "a.png")
    return tmp_path / "more"


def test_maps_are_padded_to_squares_and_labelled_by_name(scenes: Path, unlabelled: Path) -> None:
    data = read_maps(scenes, size=24, names=NAMES, unlabelled=unlabelled)
    assert data.keys == ("left", "right")
    assert data.pixels.shape == (7, 24, 24, 3)
    assert data.maps[0, 10, 5] == 1
    assert data.maps[0, 10, 15] == 2
    assert data.is_labelled.tolist() == [True] * 6 + [False]
    assert data.about()["shows"] == {"left": 6, "right": 6}


def test_of_a_crop_the_tiles_lie_round_objects(scenes: Path) -> None:
    data = read_maps(scenes, size=16, crop=8, names=NAMES)
    assert data.pixels.shape == (6, 16, 16, 3)
    assert (data.maps > 0).any(axis=(1, 2)).all()
    with pytest.raises(DataError, match="at least 50 px"):
        read_maps(scenes, size=16, crop=50, names=NAMES)


def test_of_what_nobody_looked_at_a_network_is_told_nothing() -> None:
    maps = torch.tensor([[[0, 1], [2, UNLABELLED]]], dtype=torch.uint8)
    told = planes(maps, 2)
    assert told[0, :, 0, 0].tolist() == [1, 0, 0]
    assert told[0, :, 1, 0].tolist() == [0, 0, 1]
    assert told[0, :, 1, 1].tolist() == [0, 0, 0]


def test_a_map_is_never_used_as_it_is_and_loses_no_label(scenes: Path) -> None:
    data, rng = read_maps(scenes, size=24, names=NAMES), np.random.default_rng(0)
    for _ in range(20):
        bent = deformed(data, rng)
        assert not any(np.array_equal(bent.labels, labels) for labels in data.maps)
        before = data.maps[bent.source]
        for k in (1, 2):
            assert 0.6 < (bent.labels == k).sum() / (before == k).sum() < 1.4
        # The picture goes along: what is bright there is where the map says.
        assert bent.pixels[bent.labels == 1].mean() > bent.pixels[bent.labels == 2].mean() + 30


def test_the_map_changes_what_is_drawn(scenes: Path) -> None:
    torch.manual_seed(0)
    model = Denoiser(Config(size=24, classes=(), organs=("left", "right"), channels=(16, 32)))
    torch.nn.init.normal_(model.net.conv_out.weight)
    maps = torch.from_numpy(read_maps(scenes, size=24, names=NAMES).maps[:1])
    noisy, sigma, kind = torch.randn(1, 3, 24, 24), torch.ones(1), torch.zeros(1, dtype=torch.long)
    told, untold = model(noisy, sigma, kind, maps), model(noisy, sigma, kind)
    assert not torch.allclose(told, untold)
    assert torch.equal(untold, model(noisy, sigma, kind, torch.full_like(maps, UNLABELLED)))


@pytest.mark.parametrize(
    ("model", "train", "sample"),
    [
        ("slices", ["--size", "24", "--batch", "2", "--steps"], ["--steps", "2"]),
        ("slices", ["--size", "24", "--batch", "2", "--steps"], ["--steps", "2", "--start", "0.1"]),
        ("pix2pix", ["--size", "32", "--epochs"], []),
    ],
)
def test_from_scenes_to_a_pack(model: str, train: list[str], sample: list[str], scenes: Path, tmp_path: Path) -> None:
    names, kept = ["--label-names", json.dumps(NAMES)], tmp_path / "model"
    learn = [model, "train", "--data", str(scenes), "--out", str(kept), *names, *train]
    assert cli.main([*learn, "1"]) == 0
    first = json.loads((kept / "card.json").read_text())["steps"]
    assert cli.main([*learn, "2"]) == 0
    card = json.loads((kept / "card.json").read_text())
    assert card["model"] == model
    assert card["steps"] == 2 * first
    pack = tmp_path / "pack"
    draw = [model, "sample", "--checkpoint", str(kept), "--data", str(scenes), *names, *sample]
    assert cli.main([*draw, "--n", "4", "--out", str(pack)]) == 0
    read = manifest.read(pack)
    assert read.kind == "mask"
    assert sorted(item.label for item in read.items if item.label) == ["left", "left", "right", "right"]
    assert {item.origin for item in read.items} == {"synthetic"}
    assert read.generator["model"]["steps"] == card["steps"]


def test_the_cgan_from_pictures_to_a_pack(tmp_path: Path) -> None:
    from synth.data import write_labelled

    rows = [(np.full((8, 8, 3), 40 + 40 * (n % 3), np.uint8), "abc"[n % 3], "") for n in range(9)]
    write_labelled(tmp_path / "data", rows)
    learn = ["cgan", "train", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "model"), "--epochs", "2"]
    assert cli.main(learn) == 0
    draw = ["cgan", "sample", "--checkpoint", str(tmp_path / "model"), "--n", "4", "--out", str(tmp_path / "pack")]
    assert cli.main(draw) == 0
    assert [item.answer["label"] for item in manifest.read(tmp_path / "pack").items] == ["a", "b", "c", "a"]


def test_the_seed_studys_networks_have_five_linear_layers_each() -> None:
    for network in (cgan.Generator(64, 5), cgan.Discriminator(64, 5)):
        kinds = [type(layer).__name__ for layer in network.layers]
        assert kinds.count("Linear") == 5
        assert kinds.count("LeakyReLU") == 4


def test_a_patch_is_seventy_pixels_wide() -> None:
    """A logit of the discriminator depends on 70 x 70 px and on nothing else."""
    judge = PatchDiscriminator(2).eval()
    for layer in judge.layers:
        if isinstance(layer, torch.nn.InstanceNorm2d):  # looks at the whole picture, but says nothing of one pixel
            layer.forward = lambda x: x
    picture = torch.zeros(1, 3, 128, 128, requires_grad=True)
    logits = judge(torch.zeros(1, 2, 128, 128), picture)
    logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2].backward()
    seen = picture.grad[0].abs().sum(dim=0) > 0
    assert (int(seen.any(dim=0).sum()), int(seen.any(dim=1).sum())) == (70, 70)


def test_pix2pix_takes_powers_of_two(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert MapToPicture(3, 32)(torch.zeros(1, 3, 32, 32)).shape == (1, 3, 32, 32)
    learn = ["pix2pix", "train", "--data", str(scenes), "--out", str(tmp_path / "m"), "--size", "24"]
    assert cli.main(learn) == 2
    assert "The side must be a power of two from 32 up; it is 24 px." in capsys.readouterr().err


def test_another_models_checkpoint_is_refused(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "model"
    assert (
        cli.main(["pix2pix", "train", "--data", str(scenes), "--out", str(kept), "--size", "32", "--epochs", "1"]) == 0
    )
    draw = [
        "slices",
        "sample",
        "--checkpoint",
        str(kept),
        "--data",
        str(scenes),
        "--n",
        "1",
        "--out",
        str(tmp_path / "p"),
    ]
    assert cli.main(draw) == 2
    assert "is a checkpoint of `pix2pix`, not of `slices`" in capsys.readouterr().err


def test_gates_look_at_real_scenes_as_the_generator_did(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole scenes of 20 x 24 px, drawn at 32: tiles of 32 px could not even be cut from them."""
    model, pack = tmp_path / "model", tmp_path / "pack"
    names = ["--label-names", json.dumps(NAMES)]
    learn = ["pix2pix", "train", "--data", str(scenes), *names, "--size", "32", "--epochs", "1", "--out", str(model)]
    draw = ["pix2pix", "sample", "--checkpoint", str(model), "--data", str(scenes), *names, "--n", "3"]
    assert cli.main(learn) == 0
    assert cli.main([*draw, "--out", str(pack)]) == 0
    assert manifest.read(pack).generator["crop"] is None
    capsys.readouterr()
    assert cli.main(["memorisation", str(pack), "--real", str(scenes), *names, "--json"]) in (0, 1)
    assert json.loads(capsys.readouterr().out)["n_trained"] == 12  # each scene once for either label


@pytest.mark.parametrize("crop", [None, 8])
def test_squares_of_scenes_are_those_that_models_learn_from(scenes: Path, crop: int | None) -> None:
    real = read_labelled(scenes, cut=Squares(48, crop), names=NAMES)
    assert real.pixels.shape == (12, 48, 48, 3)
    assert real.masks is not None
    first = real.masks[real.labels == real.keys.index("left")][0]
    if crop is None:
        learnt = read_maps(scenes, size=48, names=NAMES)
        assert np.array_equal(real.pixels[0], learnt.pixels[0])
        assert np.array_equal(first, learnt.maps[0] == 1)
    else:
        assert first.mean() > 0.8  # the square of 8 x 7 px all but fills its tile
