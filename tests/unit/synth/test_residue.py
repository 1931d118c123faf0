import pytest
import torch

from synth.diffusion import residue
from synth.diffusion.network import Config, Denoiser

SIZE = 16


@pytest.fixture
def model() -> Denoiser:
    """Untrained: it keeps the coarse waves (S = 1) and drops the fine ones (S next to nothing)."""
    made = Denoiser(Config(size=SIZE, classes=("calm", "busy"), channels=(16, 32))).eval()
    made.spectrum.sd.fill_(1e-3)
    made.spectrum.sd[:, :4, :4] = 1.0
    return made


def pictures(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """In turn an empty bright slide, and a dark one with fine grain of sd .1."""
    classes = torch.arange(n) % 2
    grain = 0.1 * torch.randn(n, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    return torch.where(classes[:, None, None, None] == 0, torch.tensor(0.9), -0.6 + grain), classes


def test_what_is_put_back_is_as_strong_as_what_was_missing_and_where_it_was(model: Denoiser) -> None:
    clean, classes = pictures(200)
    generator = torch.Generator().manual_seed(1)
    left = residue.measure(model, clean, classes, 0.05, generator)
    guessed = clean.mean(dim=(1, 2, 3), keepdim=True).expand_as(clean)  # all that the sampler got right
    drawn = left.draw(model, guessed, classes, generator)
    assert drawn[classes == 1].std().item() == pytest.approx(0.1, rel=0.3)
    assert drawn[classes == 0].std().item() < 0.03


def test_the_power_is_relative(model: Denoiser) -> None:
    clean, classes = pictures(40)
    left = residue.measure(model, clean, classes, 0.05, torch.Generator().manual_seed(1))
    assert left.power.mean().item() == pytest.approx(1.0, abs=1e-4)
    assert left.gain.shape == (2, residue.LEVELS * residue.CALM)
    assert (left.gain > 0).all()
