"""A small U-Net, trained on real pictures alone, that judges the outlines of generated ones."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synth.fidelity.classifier import to_input
from synth.fidelity.training import optimise

SIDE = 64  # px that tiles are brought to
_CHANNELS = (16, 32, 64)


class Network(nn.Module):
    """Three levels, 16 to 64 channels: about 120,000 weights. float32[n, 3, 64, 64] -> logits float32[n, 64, 64]."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(a, b) for a, b in zip((3, *_CHANNELS), _CHANNELS, strict=False))
        self.up = nn.ModuleList(_block(a + b, b) for a, b in zip(_CHANNELS[:0:-1], _CHANNELS[-2::-1], strict=True))
        self.out = nn.Conv2d(_CHANNELS[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.max_pool2d(x, 2))
            kept.append(x)
        for block, beside in zip(self.up, kept[-2::-1], strict=True):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2), beside], dim=1))
        logits: torch.Tensor = self.out(x)[:, 0]
        return logits


def _block(before: int, after: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (before, after):
        layers += [nn.Conv2d(channels, after, 3, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
    return nn.Sequential(*layers)


def train(pixels: np.ndarray, masks: np.ndarray, *, steps: int, seed: int, say: Callable[[str], None]) -> Network:
    """Trained on turned and flipped batches of 16 with changing contrast; cross-entropy plus soft Dice.

    `pixels` uint8[n, s, s, 3], `masks` bool[n, s, s].
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Network()
    x, y = to_input(pixels, SIDE), _to_target(masks)

    def loss() -> torch.Tensor:
        chosen = torch.randint(len(x), (16,), generator=generator)
        turn = int(torch.randint(4, (1,), generator=generator))
        batch, target = torch.rot90(x[chosen], turn, (2, 3)), torch.rot90(y[chosen], turn, (1, 2))
        if torch.rand(1, generator=generator) < 0.5:
            batch, target = batch.flip(3), target.flip(2)
        # Level and contrast of its own: patients and slides differ more than the few that are here.
        batch = batch * (1 + 0.15 * torch.randn(16, 1, 1, 1, generator=generator))
        batch = batch + 0.1 * torch.randn(16, 1, 1, 1, generator=generator)
        logits = model(batch)
        p = torch.sigmoid(logits)
        overlap = (2 * (p * target).sum((1, 2)) + 1) / (p.sum((1, 2)) + target.sum((1, 2)) + 1)
        return functional.binary_cross_entropy_with_logits(logits, target) + 1 - overlap.mean()

    optimise(model, loss, steps=steps, weight_decay=0.01, say=say)
    return model


@torch.inference_mode()
def drawn(model: Network, pixels: np.ndarray) -> np.ndarray:
    """bool[n, 64, 64]: the outlines that the model draws."""
    parts = [model(to_input(pixels[start : start + 64], SIDE)) > 0 for start in range(0, len(pixels), 64)]
    return torch.cat(parts).numpy()


def brought(masks: np.ndarray) -> np.ndarray:
    """bool[n, s, s] -> bool[n, 64, 64]"""
    return (_to_target(masks) > 0.5).numpy()


def dice(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """float64[n] of two bool[n, h, w]; 1 where both are empty."""
    both = (ours & theirs).sum(axis=(1, 2)).astype(np.float64)
    result: np.ndarray = (2 * both + 1e-9) / (ours.sum(axis=(1, 2)) + theirs.sum(axis=(1, 2)) + 1e-9)
    return result


def _to_target(masks: np.ndarray) -> torch.Tensor:
    """bool[n, s, s] -> float32[n, 64, 64] of 0 and 1."""
    y = torch.from_numpy(masks).float()[:, None]
    return (functional.interpolate(y, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[:, 0] >= 0.5).float()
