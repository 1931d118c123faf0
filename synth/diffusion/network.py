"""The network: diffusers' `UNet2DModel` on pixels folded into channels, inside EDM's preconditioning by waves."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from diffusers import UNet2DModel
from torch import nn
from torch.nn import functional

from synth.diffusion.spectrum import Spectrum


@dataclass(frozen=True)
class CellsConfig:
    """`size` px pictures; each `fold` x `fold` px patch becomes channels, which makes a step `fold`^2 times cheaper.

    `channels` per level of the U-Net, `layers` blocks on each; training noise is log-normal (`sigma_mean`, `_spread`).
    """

    size: int
    classes: tuple[str, ...]
    fold: int = 2
    channels: tuple[int, ...] = (32, 64, 128)
    layers: int = 1
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
        self.spectrum = Spectrum(config.size)
        depth = len(config.channels)
        folded = 3 * config.fold**2
        net: Any = UNet2DModel(
            sample_size=config.size // config.fold,
            in_channels=2 * folded,
            out_channels=folded,
            layers_per_block=config.layers,
            block_out_channels=config.channels,
            # No attention: it costs a fifth of a step, and the filtered picture already tells of the whole.
            down_block_types=("DownBlock2D",) * depth,
            up_block_types=("UpBlock2D",) * depth,
            add_attention=False,
            norm_num_groups=16,
            num_class_embeds=len(config.classes) + 1,
        )
        # Training starts from the Wiener filter alone.
        nn.init.zeros_(net.conv_out.weight)
        nn.init.zeros_(net.conv_out.bias)
        self.net = net

    def forward(self, noisy: torch.Tensor, sigma: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """`noisy` float32[b, 3, s, s], `sigma` float32[b], `classes` int64[b] -> float32[b, 3, s, s]."""
        spectrum, fold = self.spectrum, self.config.fold
        mean, size = spectrum.mean[:, None, None], spectrum.sd.square().mean().sqrt()
        with torch.autocast("cpu", enabled=False):
            guess = spectrum.build(spectrum.keep(sigma) * spectrum.analyse(noisy))
        scaled = (noisy - mean) / (sigma**2 + size**2).sqrt()[:, None, None, None]
        # The network's sinusoids are made for steps of 0-1000; a quarter of ln(sigma), as in the paper, would be flat.
        clock = 100 * sigma.log()
        seen = functional.pixel_unshuffle(torch.cat([scaled, guess / size], dim=1), fold)
        change = functional.pixel_shuffle(self.net(seen, clock, classes).sample.float(), fold)
        with torch.autocast("cpu", enabled=False):
            change = spectrum.build(spectrum.spread(sigma) * spectrum.analyse(change + mean))
        return mean + guess + change


def loss(model: Denoiser, clean: torch.Tensor, classes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """EDM's squared error at noise levels drawn log-normally, as a share of what the Wiener filter leaves open."""
    config = model.config
    sigma = (config.sigma_mean + config.sigma_spread * torch.randn(len(clean), generator=generator)).exp()
    none = torch.rand(len(clean), generator=generator) < config.drop_class
    classes = torch.where(none, torch.full_like(classes, len(config.classes)), classes)
    noise = torch.randn(clean.shape, generator=generator) * sigma[:, None, None, None]
    open_to_doubt = model.spectrum.spread(sigma).square().mean(dim=(1, 2, 3))
    error = (model(clean + noise, sigma, classes) - clean).square().mean(dim=(1, 2, 3))
    return (error / open_to_doubt).mean()
