"""The two networks of pix2pix."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

FIRST = 64  # channels of the first level; 512 at most
DROPOUT = 3  # innermost levels on the way up that drop half of what they say, also when sampling


class Generator(nn.Module):
    """A U-Net that halves the picture until it is a pixel: planes float32[b, k, s, s] -> float32[b, 3, s, s], -1..1."""

    def __init__(self, planes: int, size: int) -> None:
        super().__init__()
        depth = size.bit_length() - 1
        widths = [min(FIRST * 2**level, 8 * FIRST) for level in range(depth)]
        self.down = nn.ModuleList(
            _block(nn.Conv2d, before, after, norm=0 < level < depth - 1)
            for level, (before, after) in enumerate(zip([planes, *widths], widths, strict=False))
        )
        outwards = list(zip(widths[::-1], [*widths[-2::-1], 3], strict=True))
        self.up = nn.ModuleList(
            _block(nn.ConvTranspose2d, before * (1 if level == 0 else 2), after, norm=level < depth - 1)
            for level, (before, after) in enumerate(outwards)
        )

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        kept, x = [], planes
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else functional.leaky_relu(x, 0.2))
            kept.append(x)
        for level, block in enumerate(self.up):
            x = block(functional.relu(x if level == 0 else torch.cat([x, kept[-1 - level]], dim=1)))
            if level < min(DROPOUT, len(self.up) - 1):
                x = functional.dropout(x, 0.5)  # the only chance in it: without it one map gives one picture
        return torch.tanh(x)


class PatchDiscriminator(nn.Module):
    """Looks at 70 x 70 px at a time: planes and picture -> a logit for each patch."""

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(planes + 3, FIRST, 4, 2, 1),
            nn.LeakyReLU(0.2),
            *_judging(FIRST, 2 * FIRST, 2),
            *_judging(2 * FIRST, 4 * FIRST, 2),
            *_judging(4 * FIRST, 8 * FIRST, 1),
            nn.Conv2d(8 * FIRST, 1, 4, 1, 1),
        )

    def forward(self, planes: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers(torch.cat([planes, pictures], dim=1))
        return logits


def _block(convolution: Any, before: int, after: int, *, norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = [convolution(before, after, 4, 2, 1)]
    # Of a single picture: at a batch of one, as here, batch normalisation is just that.
    return nn.Sequential(*layers, nn.InstanceNorm2d(after, affine=True)) if norm else nn.Sequential(*layers)


def _judging(before: int, after: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 4, stride, 1), nn.InstanceNorm2d(after, affine=True), nn.LeakyReLU(0.2)]


def start(module: nn.Module) -> None:
    """Weights from a normal distribution of sd .02, as in the paper."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        assert module.bias is not None
        nn.init.zeros_(module.bias)
