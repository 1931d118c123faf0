"""RePaint (Lugmayr et al. 2022): a hole is sampled by a diffusion model that was never trained to fill any.

At each noise level what is known is put in under noise of that level, so that the model draws the hole to fit it;
each step is taken `REPEATS` times, noise added again in between, or hole and surroundings would not come to agree.
Label maps tell the model what the hole shows.
"""

from itertools import pairwise

import numpy as np
import torch

from synth.diffusion.network import Denoiser
from synth.diffusion.sample import as_input, levels_of
from synth.diffusion.solvers import guess, heun_step, noise_levels

STEPS = 12
REPEATS = 2


@torch.inference_mode()
def fill(
    model: Denoiser,
    pixels: np.ndarray,
    holes: np.ndarray,
    maps: np.ndarray,
    generator: torch.Generator,
    *,
    steps: int = STEPS,
    repeats: int = REPEATS,
) -> np.ndarray:
    """uint8[b, s, s, 3]: `pixels` with `holes` bool[b, s, s] filled as `maps` uint8[b, s, s] (`synth.maps`) say; what
    is known stays as it is."""
    device = model.spectrum.mean.device
    known, hole = as_input(pixels).to(device), torch.from_numpy(holes)[:, None].to(device)
    told, classes = torch.from_numpy(maps), torch.zeros(len(pixels), dtype=torch.long, device=device)

    def noise(level: float) -> torch.Tensor:
        return (torch.randn(known.shape, generator=generator) * level).to(device)

    def clean(noisy: torch.Tensor, level: float) -> torch.Tensor:
        return guess(model, noisy, level, classes, told)

    levels = noise_levels(steps).tolist()
    picture = noise(levels[0])
    for now, then in pairwise(levels):
        for left in reversed(range(repeats if then > 0 else 1)):
            picture = torch.where(hole, picture, known + noise(now))
            picture = heun_step(clean, picture, now, then)
            if left:
                picture = picture + noise((now**2 - then**2) ** 0.5)
    return np.where(holes[..., None], np.rint(levels_of(picture)).astype(np.uint8), pixels)
