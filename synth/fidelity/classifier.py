"""A small convolutional network, trained on real pictures alone, that judges the labels of generated ones."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synth.fidelity.training import optimise


def network(classes: int) -> nn.Module:
    """Four halvings, 16 to 96 channels, mean over what is left: about 120,000 weights."""
    layers: list[nn.Module] = []
    channels = (3, 16, 32, 64, 96)
    for before, after in pairwise(channels):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.GroupNorm(8, after), nn.SiLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(96, classes))


def to_input(pixels: np.ndarray, side: int = 48) -> torch.Tensor:
    """uint8[n, h, w, 3] -> float32[n, 3, side, side] in -1..1: content counts here, not the finest grain."""
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    return functional.interpolate(x, size=(side, side), mode="bilinear", antialias=True, align_corners=False)


def train(
    pixels: np.ndarray, labels: np.ndarray, classes: int, *, steps: int, seed: int, say: Callable[[str], None]
) -> nn.Module:
    """Trained on turned and flipped batches of 32; `labels` int64[n]."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = network(classes)
    x, y = to_input(pixels), torch.from_numpy(labels)

    def loss() -> torch.Tensor:
        chosen = torch.randint(len(x), (32,), generator=generator)
        batch = torch.rot90(x[chosen], int(torch.randint(4, (1,), generator=generator)), (2, 3))
        # A little colour and brightness of its own: slides differ more than the few that are here.
        batch = batch * (1 + 0.08 * torch.randn(32, 3, 1, 1, generator=generator))
        return functional.cross_entropy(model(batch), y[chosen], label_smoothing=0.05)

    optimise(model, loss, steps=steps, weight_decay=0.02, say=say)
    return model


@torch.inference_mode()
def judged(model: nn.Module, pixels: np.ndarray) -> np.ndarray:
    """float64[n, classes]: probabilities."""
    parts = [functional.softmax(model(to_input(pixels[i : i + 64])), dim=1) for i in range(0, len(pixels), 64)]
    return torch.cat(parts).double().numpy()
