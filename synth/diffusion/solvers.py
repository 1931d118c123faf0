"""From noise to a picture: the noise levels, and two second-order ways down them.

Both follow the same curve, dx/dsigma = (x - D(x; sigma)) / sigma (Karras et al. 2022), and differ in how often they ask
the network what the clean picture D is, which is nearly all of what sampling costs: `heun` twice a step, `multistep`
once, since it takes the second order from the guess before.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch

from synth.diffusion.network import Denoiser

Guess = Callable[[torch.Tensor, float], torch.Tensor]  # a noisy picture and its noise level -> the clean one expected


def noise_levels(steps: int, *, low: float = 0.002, high: float = 80.0, bend: float = 7.0) -> torch.Tensor:
    """float32[steps + 1], falling, the last one 0 (Karras et al. 2022, equation 5)."""
    share = torch.linspace(0, 1, steps)
    levels = (high ** (1 / bend) + share * (low ** (1 / bend) - high ** (1 / bend))) ** bend
    return torch.cat([levels, torch.zeros(1)])


def guess(
    model: Denoiser,
    picture: torch.Tensor,
    level: float,
    classes: torch.Tensor,
    maps: torch.Tensor | None,
    guidance: float = 1.0,
) -> torch.Tensor:
    """The clean picture that the model expects behind `picture` float32[b, 3, s, s] under noise of `level`; `guidance`
    1 = classes and maps as learnt, more = farther from what it expects without them."""
    sigma = torch.full((len(picture),), level, device=picture.device)
    wanted: torch.Tensor = model(picture, sigma, classes, maps)
    if math.isclose(guidance, 1.0):
        return wanted
    untold: torch.Tensor = model(picture, sigma, torch.full_like(classes, len(model.config.classes)))
    return untold + guidance * (wanted - untold)


def heun_step(clean: Guess, picture: torch.Tensor, now: float, then: float) -> torch.Tensor:
    """From one noise level to the next (Karras et al. 2022, algorithm 1); a level of 0 ends it."""
    slope = (picture - clean(picture, now)) / now
    step = picture + (then - now) * slope
    if then > 0:
        there = (step - clean(step, then)) / then
        step = picture + (then - now) * 0.5 * (slope + there)
    return step


def heun(clean: Guess, picture: torch.Tensor, levels: list[float]) -> torch.Tensor:
    """`picture` under noise of `levels[0]` -> without noise; 2 n - 1 guesses for n levels above 0."""
    for now, then in pairwise(levels):
        picture = heun_step(clean, picture, now, then)
    return picture


def multistep(clean: Guess, picture: torch.Tensor, levels: list[float]) -> torch.Tensor:
    """The same by DPM-Solver++(2M) (Lu et al. 2022, algorithm 2), sigma being the ratio of noise to signal; n guesses
    for n levels above 0. The slope of D in ln(sigma) is taken from this guess and the one before."""
    before: tuple[float, torch.Tensor] | None = None  # the last level and the guess there
    for now, then in pairwise(levels):
        seen = clean(picture, now)
        if then == 0:
            return seen
        towards = seen
        if before is not None:
            stride = math.log(now / then) / math.log(before[0] / now)
            towards = seen + 0.5 * stride * (seen - before[1])
        picture = then / now * picture + (1 - then / now) * towards
        before = now, seen
    return picture


@dataclass(frozen=True)
class Solver:
    """`name` as in the literature; `run(clean, picture, levels)`."""

    name: str
    run: Callable[[Guess, torch.Tensor, list[float]], torch.Tensor]


SOLVERS = {"heun": Solver("EDM Heun", heun), "multistep": Solver("DPM-Solver++(2M)", multistep)}
