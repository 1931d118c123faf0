"""Small convolutional attackers: one sees only the finest detail of the pictures, one only their coarse layout.

Two views, because a network given everything looks at whatever is easiest and says nothing about the rest.
"""

import numpy as np
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional

from synth.realism.attack import crossed

COARSE = 32  # px


def high_pass(pixels: np.ndarray) -> torch.Tensor:
    """uint8[n, h, w, 3] -> float32[n, 3, h, w]: what a blur of 1.5 px takes away, about -1..1."""
    levels = pixels.astype(np.float32)
    fine = levels - ndimage.gaussian_filter(levels, (0, 1.5, 1.5, 0))
    return torch.from_numpy(fine).permute(0, 3, 1, 2).contiguous() / 8


def low_pass(pixels: np.ndarray) -> torch.Tensor:
    """uint8[n, h, w, 3] -> float32[n, 3, 32, 32] in -1..1, means over areas."""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    return functional.adaptive_avg_pool2d(x, COARSE)


def _network() -> nn.Module:
    """Three halvings, 16 to 48 channels, mean over what is left: about 19,000 weights."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 5, stride=2, padding=2),
        nn.GroupNorm(4, 16),
        nn.SiLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.GroupNorm(4, 32),
        nn.SiLU(),
        nn.Conv2d(32, 48, 3, stride=2, padding=1),
        nn.SiLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(48, 1),
    )


def convolved(
    views: torch.Tensor, target: np.ndarray, groups: list[str], *, steps: int = 150, seed: int = 0, n: int = 3
) -> np.ndarray:
    """float64[rows]: log odds of bool[rows], each row scored by a network that never saw its source."""
    fold = crossed(target, groups, n, seed)
    out = np.zeros(len(target))
    for number in range(n):
        held = fold == number
        if held.any() and len(np.unique(target[~held])) == 2:
            out[held] = _scores(_train(views, target, np.flatnonzero(~held), steps, seed), views[held])
    return out


def _train(views: torch.Tensor, target: np.ndarray, rows: np.ndarray, steps: int, seed: int) -> nn.Module:
    """On batches of 48, half of each side, turned and flipped."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = _network()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=steps)
    sides = [rows[target[rows] == side] for side in (False, True)]
    wanted = torch.tensor([0.0] * 24 + [1.0] * 24)
    for _ in range(steps):
        chosen = np.concatenate([rng.choice(side, 24) for side in sides])
        batch = torch.rot90(views[chosen], int(rng.integers(4)), (2, 3))
        batch = batch.flip(3) if rng.random() < 0.5 else batch
        value = functional.binary_cross_entropy_with_logits(model(batch)[:, 0], wanted)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        schedule.step()
    return model.eval()


@torch.inference_mode()
def _scores(model: nn.Module, views: torch.Tensor) -> np.ndarray:
    return torch.cat([model(part)[:, 0] for part in views.split(64)]).double().numpy()
