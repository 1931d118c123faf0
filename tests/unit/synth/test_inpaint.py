"""Holes filled by a generator: what is known stays, the map decides what is drawn, and packs say what filled them."""

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from synth import manifest  # noqa: E402  # needs torch
from synth.cli import main  # noqa: E402
from synth.diffusion.network import Config, Denoiser  # noqa: E402
from synth.diffusion.train import train_slices  # noqa: E402
from synth.inpaint.repaint import fill  # noqa: E402
from synth.maps import map_scenes  # noqa: E402
from synth.training import Plan  # noqa: E402
from tests.unit.synth.test_insertion import field, scan, write  # noqa: E402
from tests.unit.synth.test_removal import named  # noqa: E402

SIDE = 32


class Known(torch.nn.Module):
    """A denoiser that expects .6 where the map says so and -.4 elsewhere, whatever it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.config = Config(size=SIDE, classes=(), organs=("nucleus",), crop=SIDE)
        self.spectrum = Denoiser(self.config).spectrum
        self.seen: list[torch.Tensor] = []

    def forward(self, noisy, sigma, classes, maps=None):
        self.seen.append(noisy)
        return torch.where(maps[:, None] == 1, 0.6, -0.4).expand_as(noisy)


def test_the_hole_shows_what_the_map_says_and_the_rest_stays() -> None:
    rng, model = np.random.default_rng(0), Known()
    pixels = rng.integers(0, 255, (2, SIDE, SIDE, 3), dtype=np.uint8)
    holes, maps = np.zeros((2, SIDE, SIDE), bool), np.zeros((2, SIDE, SIDE), np.uint8)
    holes[:, 8:24, 8:24] = True
    maps[1, 12:20, 12:20] = 1
    drawn = fill(model, pixels, holes, maps, torch.Generator().manual_seed(0))
    assert np.array_equal(drawn[~holes], pixels[~holes])
    level = drawn.astype(float) / 127.5 - 1
    assert level[0][holes[0]].mean() == pytest.approx(-0.4, abs=0.02)
    assert level[1][maps[1] == 1].mean() == pytest.approx(0.6, abs=0.02)
    # At the last level the model saw what is known nearly as it is.
    last = model.seen[-1].permute(0, 2, 3, 1).numpy()
    assert np.abs((last - (pixels / 127.5 - 1))[~holes]).max() < 0.05


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    data = map_scenes([named(field(seed)) for seed in range(4)], [], size=SIDE, crop=SIDE, labels_from={"crowd": 4})
    config = Config(size=SIDE, classes=(), organs=data.keys, crop=SIDE, channels=(16, 32))
    train_slices(data, out, Plan(steps=2, batch=2), config=config, say=lambda _: None)
    return out


def test_a_pack_is_filled_by_the_command_and_says_by_what(tmp_path: Path, checkpoint: Path) -> None:
    data, pack = write([field(seed) for seed in range(6)], tmp_path / "scenes"), tmp_path / "pack"
    asked = ["insert", "sample", "--data", str(data), "--fill", str(checkpoint), "--crop", "40", "--n", "4"]
    assert main([*asked, "--remove", "0.5", "--out", str(pack)]) == 0
    made = manifest.read(pack)
    assert sorted(item.answer["kind"] for item in made.items) == ["mask", "mask", "nothing", "nothing"]
    assert made.generator["fill"]["steps"] == 2
    assert made.labels_from == {"crowd": 4}, "what a model of crowd labels draws is never known"


def test_a_model_of_other_labels_or_another_scale_is_refused(
    tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write([scan(seed) for seed in range(3)], tmp_path / "scans")
    names = ["--label-names", json.dumps({"1": "organ"})]
    asked = ["insert", "sample", "--data", str(other), *names, "--n", "2", "--out", str(tmp_path / "p"), "--fill"]
    assert main([*asked, str(checkpoint)]) == 2
    assert "The model knows the labels object; the data holds organ" in capsys.readouterr().err
    whole = map_scenes([scan(seed) for seed in range(3)], [], size=SIDE)
    config = Config(size=SIDE, classes=(), organs=whole.keys, channels=(16, 32))
    train_slices(whole, tmp_path / "m", Plan(steps=1, batch=2), config=config, say=lambda _: None)
    assert main([*asked, str(tmp_path / "m")]) == 2
    assert "trained on whole pictures brought to 32 px" in capsys.readouterr().err
