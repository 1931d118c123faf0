"""The network: diffusers' `UNet2DModel` on pixels folded into channels, inside EDM's preconditioning."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from diffusers import UNet2DModel
from torch import nn
from torch.nn import functional


@dataclass(frozen=True)
class CellsConfig:
    """`size` px pictures; each `fold` x `fold` px patch becomes channels, which makes a step `fold`^2 times cheaper.

    `sigma_data` is the standard deviation of the training pixels in -1..1; `channels` per level of the U-Net.
    """

    size: int
    classes: tuple[str, ...]
    fold: int = 2
    channels: tuple[int, ...] = (48, 64, 96)
    layers: int = 1
    sigma_data: float = 0.5
    sigma_mean: float = -1.2
    sigma_spread: float = 1.3
    drop_class: float = 0.1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "CellsConfig":
        return cls(**{**body, "classes": tuple(body["classes"]), "channels": tuple(body["channels"])})


class Denoiser(nn.Module):
    """D(x; sigma, class): the clean picture expected behind a noisy one. Class `len(classes)` stands for "none"."""

    def __init__(self, config: CellsConfig) -> None:
        super().__init__()
        self.config = config
        depth = len(config.channels)
        folded = 3 * config.fold**2
        self.net: Any = UNet2DModel(
            sample_size=config.size // config.fold,
            in_channels=folded,
            out_channels=folded,
            layers_per_block=config.layers,
            block_out_channels=config.channels,
            # Attention only at the coarsest level, where it costs little.
            down_block_types=("DownBlock2D",) * (depth - 1) + ("AttnDownBlock2D",),
            up_block_types=("AttnUpBlock2D",) + ("UpBlock2D",) * (depth - 1),
            norm_num_groups=16,
            attention_head_dim=32,
            num_class_embeds=len(config.classes) + 1,
        )

    def forward(self, noisy: torch.Tensor, sigma: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """`noisy` float32[b, 3, s, s], `sigma` float32[b], `classes` int64[b] -> float32[b, 3, s, s]."""
        data = self.config.sigma_data
        level = sigma[:, None, None, None]
        keep = data**2 / (level**2 + data**2)
        gain = level * data / (level**2 + data**2).sqrt()
        scaled = noisy / (level**2 + data**2).sqrt()
        # The network's sinusoids are made for steps of 0-1000; a quarter of ln(sigma), as in the paper, would be flat.
        clock = 100 * sigma.log()
        folded = functional.pixel_unshuffle(scaled, self.config.fold)
        change = functional.pixel_shuffle(self.net(folded, clock, classes).sample.float(), self.config.fold)
        return keep * noisy + gain * change


def loss(model: Denoiser, clean: torch.Tensor, classes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """EDM's weighted squared error at noise levels drawn log-normally."""
    config = model.config
    sigma = (config.sigma_mean + config.sigma_spread * torch.randn(len(clean), generator=generator)).exp()
    none = torch.rand(len(clean), generator=generator) < config.drop_class
    classes = torch.where(none, torch.full_like(classes, len(config.classes)), classes)
    noise = torch.randn(clean.shape, generator=generator) * sigma[:, None, None, None]
    weight = (sigma**2 + config.sigma_data**2) / (sigma * config.sigma_data) ** 2
    error = (model(clean + noise, sigma, classes) - clean) ** 2
    return (weight[:, None, None, None] * error).mean()
