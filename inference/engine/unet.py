"""The demo segmenter's network: a small U-Net (Ronneberger et al. 2015) that looks at one crop around one box.

It works on squares of two by two pixels (pixel unshuffle, Shi et al. 2016), which costs a quarter of the time at the
finest level, where a U-Net spends most of it.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = 8  # red, green, blue, box, ellipse in the box, points inside, points outside, previous mask
WIDTHS = (32, 64, 96, 128)


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.GroupNorm(8, outputs),
        nn.SiLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.GroupNorm(8, outputs),
        nn.SiLU(),
    )


class BoxUNet(nn.Module):
    """float32[n, 8, s, s] -> logits float32[n, s, s]; s a multiple of 16. About 0.92 M parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(i, o) for i, o in zip((4 * CHANNELS, *WIDTHS[:-1]), WIDTHS, strict=True))
        self.up = nn.ModuleList(_block(deep + skip, skip) for skip, deep in reversed(list(pairwise(WIDTHS))))
        self.head = nn.Conv2d(WIDTHS[0], 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pixel_unshuffle(x, 2)
        skips: list[Tensor] = []
        for depth, block in enumerate(self.down):
            x = block(x if depth == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for depth, block in enumerate(self.up):
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0), skips[-2 - depth]], 1))
        logits: Tensor = F.pixel_shuffle(self.head(x), 2)[:, 0]
        return logits
