"""What a sampler that ends early leaves out, and how it is put back.

A briefly trained model knows what a picture looks like under noise of a dozen grey levels, but below that it leaves
grain where there should be none. So sampling may end there, with the picture that the model expects; what is finer is
then missing. How much that is, where, and of what grain is measured on pictures that the model did not draw: they are
hidden under noise of the same level, and what the model's guess lacks of them is the residue. Its power per wave and
principal colour, and its usual size by class and by how dark and how busy the guess is around a pixel, are all that is
kept; a draw of Gaussian noise with these figures takes the place of what is missing. An empty slide is bright and calm
and has next to no residue, so it stays empty.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional

from synth.diffusion.network import Denoiser

LEVELS, CALM = 4, 8  # bins of brightness and of how busy the surroundings are
BATCH = 32


@dataclass(frozen=True)
class Residue:
    """`power` float32[3, s, s]: of each coefficient; `gain` float32[classes, LEVELS * CALM]: its size in each."""

    power: torch.Tensor
    gain: torch.Tensor

    def draw(
        self, model: Denoiser, pictures: torch.Tensor, classes: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        """What is to be added to `pictures` float32[b, 3, s, s] in -1..1 of `classes` int64[b]."""
        noise = torch.randn(pictures.shape, generator=generator).to(pictures.device)
        return model.spectrum.build(self.power.sqrt() * noise) * _at(self.gain, pictures, classes)


@torch.inference_mode()
def measure(
    model: Denoiser, pictures: torch.Tensor, classes: torch.Tensor, sigma: float, generator: torch.Generator
) -> Residue:
    """From `pictures` float32[n, 3, s, s] in -1..1 of `classes` int64[n], a few hundred of them."""
    device = model.spectrum.mean.device
    pictures, classes = pictures.to(device), classes.to(device)
    guesses = []
    for part, kinds in zip(pictures.split(BATCH), classes.split(BATCH), strict=True):
        noisy = part + sigma * torch.randn(part.shape, generator=generator).to(device)
        guesses.append(model(noisy, torch.full((len(part),), sigma, device=device), kinds))
    guess = torch.cat(guesses)
    left = pictures - guess
    size = left.square().mean(dim=1)
    level = _level(guess)
    gain = torch.ones(len(model.config.classes), LEVELS * CALM, device=device)
    for kind in range(len(gain)):
        for step in range(LEVELS * CALM):
            here = size[classes == kind][level[classes == kind] == step]
            # The median, or a few specks would put grain on all of the slide. Few pixels: what holds for all classes.
            every = size[level == step] if (level == step).any() else size
            gain[kind, step] = (here if len(here) >= 200 else every).median().sqrt()
    # The spectrum of the residue as it would be were it equally strong everywhere.
    even = model.spectrum.analyse(left / _at(gain, guess, classes) + model.spectrum.mean[:, None, None])
    power = even.square().mean(dim=0)
    return Residue(power / power.mean(), gain)


def _level(pictures: torch.Tensor) -> torch.Tensor:
    """int64[b, s, s]: which bin each pixel is in, by its brightness and the slopes of grey within about 2 px."""
    grey = pictures.mean(dim=1, keepdim=True)
    around = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    across, down = around[..., 1:-1, 2:] - around[..., 1:-1, :-2], around[..., 2:, 1:-1] - around[..., :-2, 1:-1]
    slope = functional.avg_pool2d(across**2 + down**2, 5, 1, 2, count_include_pad=False)[:, 0].sqrt()
    # Each bin of slopes is twice as wide as the one before; the first ends at half a grey level per pixel.
    busy = (slope * 127.5).clamp(min=1).log2().long().clamp(0, CALM - 1)
    bright = ((grey[:, 0] + 1) / 2 * LEVELS).long().clamp(0, LEVELS - 1)
    return bright * CALM + busy


def _at(gain: torch.Tensor, pictures: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """float32[b, 1, s, s]: the gain that goes with each pixel."""
    return gain[classes[:, None, None], _level(pictures)][:, None]
