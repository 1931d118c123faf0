import numpy as np
import pytest
import torch

from synth.diffusion.spectrum import Spectrum, cosines


def smooth(n: int = 64, size: int = 16) -> np.ndarray:
    """Grey squares with a random slope from left to right: one coarse wave and nothing else."""
    rng = np.random.default_rng(0)
    slope = np.cos(np.pi * (2 * np.arange(size) + 1) / (2 * size))
    light = 128 + rng.normal(0, 30, (n, 1, 1)) * slope[None, None]
    return np.clip(np.rint(np.broadcast_to(light, (n, size, size))), 0, 255).astype(np.uint8)[..., None].repeat(3, 3)


@pytest.fixture
def spectrum() -> Spectrum:
    made = Spectrum(16)
    made.measure(smooth())
    return made


def test_the_waves_are_orthonormal() -> None:
    waves = cosines(8)
    assert torch.allclose(waves @ waves.T, torch.eye(8), atol=1e-6)
    assert torch.allclose(waves[0], torch.full((8,), 8**-0.5))


def test_what_is_taken_apart_can_be_built_again(spectrum: Spectrum) -> None:
    picture = torch.rand(2, 3, 16, 16) * 2 - 1
    again = spectrum.build(spectrum.analyse(picture)) + spectrum.mean[:, None, None]
    assert torch.allclose(again, picture, atol=1e-5)


def test_the_variance_sits_in_the_wave_and_the_colour_that_vary(spectrum: Spectrum) -> None:
    """The three colours move together (the last principal colour); turned slopes count too."""
    power = spectrum.sd.square()
    assert power[2, 0, 1] == power[2, 1, 0]
    assert (power[2, 0, 1] + power[2, 1, 0]) / power.sum() > 0.95


def test_the_filter_keeps_what_is_known_and_drops_the_grain(spectrum: Spectrum) -> None:
    sigma = torch.tensor([0.1])
    keep, spread = spectrum.keep(sigma), spectrum.spread(sigma)
    assert keep[0, 2, 0, 1] > 0.99
    assert keep[0, :, 8:, 8:].max() < 0.01
    assert spread[0, :, 8:, 8:].max() < 0.01  # a network cannot leave grain there


def test_the_filter_is_the_best_linear_guess() -> None:
    """For S = 4 and sigma = 1: keep 4/5, spread sqrt(4/5)."""
    spectrum = Spectrum(4)
    spectrum.sd.fill_(2.0)
    assert spectrum.keep(torch.ones(1)).unique().tolist() == pytest.approx([0.8])
    assert spectrum.spread(torch.ones(1)).unique().tolist() == pytest.approx([0.8**0.5])
