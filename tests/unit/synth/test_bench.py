"""Both ways draw with the same network; the smallest measurement that can be."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from synth import cli
from synth.data import read_labelled, write_labelled

torch = pytest.importorskip("torch")

from synth.bench import run as bench  # noqa: E402  # needs torch
from synth.bench.plain import PlainTraining, ddim  # noqa: E402
from synth.diffusion.network import Config, Denoiser  # noqa: E402
from synth.diffusion.train import train_cells  # noqa: E402
from synth.training import Plan  # noqa: E402

TINY = Config(size=32, classes=("dark", "light"), channels=(16, 32))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Forty 32 px squares, dark and light in turn, from ten slides."""
    rng = np.random.default_rng(0)
    rows = [
        (rng.integers(30, 60, (32, 32, 3), np.uint8) + 140 * (n % 2), ("dark", "light")[n % 2], f"slide {n // 4}")
        for n in range(40)
    ]
    write_labelled(tmp_path / "data", [(pixels.astype(np.uint8), key, group) for pixels, key, group in rows])
    return tmp_path / "data"


def test_ddim_of_a_network_that_knows_the_answer_ends_there() -> None:
    """Whatever noise it begins with: the clean picture is expected at each step, so the last one is it."""
    answer = torch.linspace(-0.9, 0.9, 3 * 32 * 32).reshape(1, 3, 32, 32)
    model = Denoiser(TINY)
    model.forward = lambda noisy, sigma, classes: answer.expand_as(noisy)  # type: ignore[method-assign]
    drawn = ddim(model, torch.zeros(2, dtype=torch.long), torch.Generator().manual_seed(0))
    assert torch.allclose(drawn, answer.expand(2, -1, -1, -1), atol=1e-3)


def test_ddim_shows_the_network_noise_of_the_level_that_it_is_told() -> None:
    """Of data of sd 1 the noisy picture has variance 1 + sigma^2; an untrained network is their Wiener filter."""
    torch.manual_seed(0)
    model, seen = Denoiser(TINY), []
    told = model.forward

    def spying(noisy: torch.Tensor, sigma: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        seen.append((noisy.std().item(), sigma[0].item()))
        return told(noisy, sigma, classes)

    model.forward = spying  # type: ignore[method-assign]
    ddim(model, torch.zeros(8, dtype=torch.long), torch.Generator().manual_seed(0))
    assert len(seen) == 50
    strong = [(spread, sigma) for spread, sigma in seen if sigma > 2]
    assert all(spread == pytest.approx((1 + sigma**2) ** 0.5, rel=0.1) for spread, sigma in strong)
    assert strong


@pytest.mark.parametrize("folded", [True, False])
def test_the_plain_loop_learns_to_tell_noise(data: Path, folded: bool) -> None:
    torch.manual_seed(0)
    read = read_labelled(data)
    run = PlainTraining(TINY, torch.from_numpy(read.pixels), torch.from_numpy(read.labels), batch=8, folded=folded)
    losses = [run.advance() for _ in range(100)]
    assert np.mean(losses[-20:]) < 0.9 * np.mean(losses[:20])
    assert run.net.config["in_channels"] == (12 if folded else 3)


def test_the_command_measures_and_judges_each_way(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    train_cells(read_labelled(data), model, Plan(steps=1, batch=2), config=TINY, say=lambda line: None)
    monkeypatch.setattr(bench, "ROUNDS", 2)
    monkeypatch.setattr(bench, "DDIM_STEPS", 3)
    monkeypatch.setattr(bench, "judged", lambda made, real, seed: {"judged": [len(made), len(real)]})
    arguments = ["bench", "--checkpoint", str(model), "--data", str(data), "--real", str(data), "--n", "20"]
    assert cli.main([*arguments, "--steps", "4", "--json"]) == 0
    out = capsys.readouterr()
    assert out.err == ""
    report = json.loads(out.out)
    assert [way["guesses"] for way in report["sampling"].values()] == [3, 3, 35, 4]
    assert [way.get("judged") for way in report["sampling"].values()] == [[20, 40], None, [20, 40], [20, 40]]
    assert all(way["cpu_ms"] > 0 for way in [*report["training"].values(), *report["sampling"].values()])
    plain, ours = report["sampling"]["diffusers DDIM"], report["sampling"]["ours, multistep"]
    assert report["ratio"]["sampling"]["diffusers DDIM"] == pytest.approx(plain["cpu_ms"] / ours["cpu_ms"], abs=0.1)


def test_pictures_are_judged_by_what_the_gates_judge_by(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real ones of half as much light are told from real ones."""
    monkeypatch.setattr(bench, "PATHS", bench.PATHS[:1])  # half of 32 px is too little for its figures
    monkeypatch.setattr(bench.fidelity, "judge", partial(bench.fidelity.judge, steps=30))
    real = read_labelled(data)
    dark = replace(real, pixels=real.pixels // 2, groups=tuple(f"dark {group}" for group in real.groups))
    report = bench.judged(dark, real, seed=0)
    (default,) = report["realism"]
    assert default["common_path"] == {"factor": 1.0, "noise": 1.0, "quality": 88}
    assert default["features"]["auc"] > 0.95
    assert default["kernel distance"]["distance"] > default["kernel distance"]["floor"]
    assert report["fidelity"]["agreement_real"] == 1.0
