"""The smallest training that can be: it must run, go on where it stopped, and sample what a pack needs."""

import json
from pathlib import Path

import numpy as np
import pytest

import synth
from synth import cli, manifest
from synth.data import DataError, read_labelled, write_labelled

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from synth.diffusion.network import Config, Denoiser, load, loss  # noqa: E402  # needs torch
from synth.diffusion.sample import Plan as SamplePlan  # noqa: E402
from synth.diffusion.sample import sample  # noqa: E402
from synth.diffusion.solvers import SOLVERS, noise_levels  # noqa: E402
from synth.diffusion.train import balanced, train_cells  # noqa: E402
from synth.training import Plan  # noqa: E402

TINY = Config(size=16, classes=("dark", "light"), channels=(16, 32))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Eight 16 px squares, dark and light in turn, from two slides."""
    levels = [40 if n % 2 == 0 else 200 for n in range(8)]
    rows = [
        (np.full((16, 16, 3), v, np.uint8), "dark" if v == 40 else "light", f"slide {n // 4}")
        for n, v in enumerate(levels)
    ]
    write_labelled(tmp_path / "data", rows)
    return tmp_path / "data"


@pytest.fixture
def trained(data: Path, tmp_path: Path) -> Path:
    train_cells(read_labelled(data), tmp_path / "model", Plan(steps=2, batch=2), config=TINY, say=lambda line: None)
    return tmp_path / "model"


def test_training_goes_on_where_it_stopped(data: Path, trained: Path) -> None:
    train_cells(read_labelled(data), trained, Plan(steps=5, batch=2), config=TINY, say=lambda line: None)
    card = json.loads((trained / "card.json").read_text())
    assert card["steps"] == 5
    assert card["data"] == {"pictures": 8, "groups": 2, "classes": {"dark": 4, "light": 4}}


def test_a_checkpoint_reads_back_as_it_was(trained: Path) -> None:
    model, card = load(trained, "cells")
    again, _ = load(trained, "cells")
    assert model.config == TINY
    assert card["model"] == "cells"
    assert card["parameters"] == sum(weights.numel() for weights in model.parameters())
    noisy, sigma, label = torch.ones(1, 3, 16, 16), torch.ones(1), torch.zeros(1, dtype=torch.long)
    assert torch.equal(model(noisy, sigma, label), again(noisy, sigma, label))


def test_rare_classes_are_drawn_by_the_square_root_of_their_number() -> None:
    weights = balanced(np.array([0] * 16 + [1] * 4))
    assert weights.sum() == pytest.approx(1)
    assert weights[:16].sum() == pytest.approx(2 * weights[16:].sum())


def test_without_noise_the_picture_is_returned() -> None:
    """As sigma goes to 0 the Wiener filter keeps everything and leaves nothing open."""
    picture = torch.randn(2, 3, 16, 16)
    out = Denoiser(TINY)(picture, torch.full((2,), 1e-4), torch.zeros(2, dtype=torch.long))
    assert torch.allclose(out, picture, atol=1e-3)


def test_the_loss_is_one_for_a_network_that_says_nothing() -> None:
    """An untrained network adds nothing to the Wiener filter, whose error is then what it expects: data of sd 1."""
    torch.manual_seed(0)
    clean = torch.randn(64, 3, 16, 16)
    value = loss(Denoiser(TINY), clean, torch.zeros(64, dtype=torch.long), None, torch.Generator().manual_seed(0))
    assert value.item() == pytest.approx(1.0, abs=0.05)


def test_the_weights_are_kept_in_half_and_the_spectrum_in_full_precision(trained: Path) -> None:
    kept = load_file(trained / "model.safetensors")
    assert kept["net.conv_in.weight"].dtype == torch.float16
    assert kept["spectrum.sd"].dtype == torch.float32


def test_noise_levels_fall_from_the_start_to_nothing() -> None:
    levels = noise_levels(5, high=0.5)
    assert levels[0].item() == pytest.approx(0.5)
    assert levels[-2].item() == pytest.approx(0.002)
    assert levels[-1].item() == 0
    assert (levels[1:] < levels[:-1]).all()


SD = 0.5  # of white pictures: the clean one expected behind a noisy one is then known, and where the curve ends


def _ends(solver: str, steps: int) -> tuple[float, int]:
    """How far from the curve's end the solver ends, as a share, and how often it asked."""
    asked = []

    def clean(noisy: torch.Tensor, level: float) -> torch.Tensor:
        asked.append(level)
        return noisy * SD**2 / (SD**2 + level**2)

    levels = noise_levels(steps, low=0.02).tolist()
    begun = torch.full((1, 3, 2, 2), levels[0], dtype=torch.float64)
    ended = SOLVERS[solver].run(clean, begun, levels)
    return (ended / (begun * SD / (SD**2 + levels[0] ** 2) ** 0.5) - 1).abs().max().item(), len(asked)


@pytest.mark.parametrize(("solver", "asked"), [("heun", 71), ("multistep", 36)])
def test_solvers_end_where_the_curve_does_and_ask_as_often_as_they_say(solver: str, asked: int) -> None:
    away, times = _ends(solver, 36)
    assert away < 0.01
    assert times == asked


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_solvers_are_of_second_order(solver: str) -> None:
    """Half the stride, a quarter of the error; of the first order it would be half."""
    assert _ends(solver, 72)[0] < 0.35 * _ends(solver, 36)[0]


def test_the_solver_is_told_in_the_pack(trained: Path, tmp_path: Path) -> None:
    arguments = ["cells", "sample", "--checkpoint", str(trained), "--n", "1", "--steps", "2"]
    assert cli.main([*arguments, "--solver", "multistep", "--out", str(tmp_path / "pack")]) == 0
    assert manifest.read(tmp_path / "pack").generator["sampler"] == "DPM-Solver++(2M)"


def test_sampling_writes_a_pack_that_reads_back(data: Path, trained: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    arguments = ["cells", "sample", "--checkpoint", str(trained), "--n", "3", "--steps", "2", "--out", str(pack)]
    assert cli.main(arguments) == 0
    read = manifest.read(pack)
    assert [item.answer["label"] for item in read.items] == ["dark", "light", "dark"]
    assert {item.origin for item in read.items} == {"synthetic"}
    assert read.generator["model"]["steps"] == 2


def test_redrawing_at_little_noise_keeps_the_picture_and_its_class(data: Path, trained: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    arguments = ["cells", "sample", "--checkpoint", str(trained), "--n", "4", "--steps", "2", "--out", str(pack)]
    assert cli.main([*arguments, "--data", str(data), "--start", "0.01"]) == 0
    redrawn, first = read_labelled(pack), read_labelled(data)
    assert np.array_equal(redrawn.labels, first.labels[:4])
    assert np.abs(redrawn.pixels.astype(int) - first.pixels[:4]).mean() < 5


def test_more_pictures_than_there_are_cannot_be_redrawn(data: Path, trained: Path, tmp_path: Path) -> None:
    arguments = ["cells", "sample", "--checkpoint", str(trained), "--out", str(tmp_path / "p"), "--data", str(data)]
    assert cli.main([*arguments, "--n", "9", "--start", "0.1"]) == 2


def test_other_classes_than_the_model_knows_are_refused(
    data: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_labelled(tmp_path / "other", [(np.zeros((16, 16, 3), np.uint8), "cat", "a")])
    arguments = ["cells", "sample", "--checkpoint", str(trained), "--n", "1", "--out", str(tmp_path / "p")]
    assert cli.main([*arguments, "--data", str(tmp_path / "other")]) == 2
    assert capsys.readouterr().err == "python -m synth: The model knows the classes dark, light; the data holds cat.\n"
    with pytest.raises(DataError, match="unfinished training with classes = dark, light; this one has cat"):
        train_cells(read_labelled(tmp_path / "other"), trained, Plan(steps=9), say=lambda line: None)


def test_what_is_no_checkpoint_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a checkpoint of `cells`"):
        load(tmp_path, "cells")


@pytest.mark.parametrize(
    "command",
    ["phantoms", "cells", "slices", "cgan", "pix2pix", "insert", "realism", "fidelity", "memorisation", "select"],
)
def test_every_command_helps_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main([command, "--help"])
    assert leaving.value.code == 0
    assert f"Example: python -m synth {command}" in capsys.readouterr().out


def test_data_that_cannot_be_used_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs images/ and labels.csv"):
        read_labelled(tmp_path)
    (tmp_path / "labels.csv").write_text("picture,label\n")
    with pytest.raises(DataError, match="columns image and label"):
        read_labelled(tmp_path)
    (tmp_path / "labels.csv").write_text("image,label\na.png,cat\n")
    with pytest.raises(DataError, match="names 'a.png'"):
        read_labelled(tmp_path)


def test_the_bundled_checkpoint_loads_and_samples_in_range() -> None:
    model, card = load(Path(synth.__file__).parent / "checkpoints" / "cells", "cells")
    assert model.config.classes == ("eosinophil", "lymphocyte", "macrophage", "mast_cell", "neutrophil")
    assert card["parameters"] == sum(p.numel() for p in model.parameters())
    light = sample(model, torch.tensor([0]), SamplePlan(n=1, steps=10), torch.Generator().manual_seed(0))
    assert light.shape == (1, 64, 64, 3)
    assert 150 < light.mean() < 255  # mostly empty slide
