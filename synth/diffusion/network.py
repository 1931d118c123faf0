"""The network: diffusers' `UNet2DModel` on pixels folded into channels, inside EDM's preconditioning by waves."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DModel
from torch import nn
from torch.nn import functional

from synth import checkpoint
from synth.diffusion.spectrum import Spectrum
from synth.maps import UNLABELLED, planes
from synth.training import device, multiplies_bfloat16


@dataclass(frozen=True)
class Config:
    """`size` px pictures of one of `classes`, or with a label map of `organs`; either may be empty.

    `crop`: what the pictures are cut to before they are brought to `size` (`synth.maps`).

    Each `fold` x `fold` px patch becomes channels, which makes a step `fold`^2 times cheaper; `channels` per level of
    the U-Net, `layers` blocks on each; training noise is log-normal (`sigma_mean`, `_spread`); `drop` is the share of
    pictures whose class or map the model is not told.
    """

    size: int
    classes: tuple[str, ...]
    organs: tuple[str, ...] = ()
    crop: int | None = None
    fold: int = 2
    channels: tuple[int, ...] = (32, 64, 128)
    layers: int = 1
    sigma_mean: float = -1.2
    sigma_spread: float = 1.3
    drop: float = 0.1

    @property
    def multiple(self) -> int:
        """What the side must divide by."""
        return self.fold * 2 ** (len(self.channels) - 1)

    @property
    def planes(self) -> int:
        """How many channels a label map takes."""
        return len(self.organs) + 1 if self.organs else 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Config":
        fields: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in body.items()}
        return cls(**fields)


class Denoiser(nn.Module):
    """D(x; sigma, class, map): the clean picture expected behind a noisy one. Class `len(classes)` stands for "none";
    label maps come in as planes beside the picture, all of them 0 where the map is not told (`planes`)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.spectrum = Spectrum(config.size)
        depth = len(config.channels)
        folded = 3 * config.fold**2
        net: Any = UNet2DModel(
            sample_size=config.size // config.fold,
            in_channels=2 * folded + config.planes * config.fold**2,
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
        self.net = net.to(memory_format=torch.channels_last)

    def forward(
        self, noisy: torch.Tensor, sigma: torch.Tensor, classes: torch.Tensor, maps: torch.Tensor | None = None
    ) -> torch.Tensor:
        """`noisy` float32[b, 3, s, s], `sigma` float32[b], `classes` int64[b], `maps` uint8[b, s, s] (see `Mapped`;
        None = not told) -> float32[b, 3, s, s]."""
        spectrum, fold = self.spectrum, self.config.fold
        mean, size = spectrum.mean[:, None, None], spectrum.sd.square().mean().sqrt()
        guess = spectrum.build(spectrum.keep(sigma) * spectrum.analyse(noisy))
        scaled = (noisy - mean) / (sigma**2 + size**2).sqrt()[:, None, None, None]
        # The network's sinusoids are made for steps of 0-1000; a quarter of ln(sigma), as in the paper, would be flat.
        clock = 100 * sigma.log()
        shown = [scaled, guess / size]
        if self.config.organs:
            shown.append(self._planes(noisy, maps))
        seen = functional.pixel_unshuffle(torch.cat(shown, dim=1), fold)
        # Half the bits in the convolutions only: what they add is small where levels are fine.
        with torch.autocast(noisy.device.type, torch.bfloat16, enabled=multiplies_bfloat16(noisy.device)):
            found = self.net(seen, clock, classes).sample
        change = functional.pixel_shuffle(found.float(), fold)
        change = spectrum.build(spectrum.spread(sigma) * spectrum.analyse(change + mean))
        return mean + guess + change

    def _planes(self, noisy: torch.Tensor, maps: torch.Tensor | None) -> torch.Tensor:
        if maps is None:
            maps = torch.full((len(noisy), *noisy.shape[2:]), UNLABELLED, dtype=torch.uint8)
        return planes(maps, len(self.config.organs)).to(noisy.device)


def loss(
    model: Denoiser,
    clean: torch.Tensor,
    classes: torch.Tensor,
    maps: torch.Tensor | None,
    generator: torch.Generator,
) -> torch.Tensor:
    """EDM's squared error at noise levels drawn log-normally, as a share of what the Wiener filter leaves open."""
    config = model.config
    sigma = (config.sigma_mean + config.sigma_spread * torch.randn(len(clean), generator=generator)).exp()
    untold = torch.rand(len(clean), generator=generator) < config.drop
    noise = torch.randn(clean.shape, generator=generator) * sigma[:, None, None, None]
    sigma, noise = sigma.to(clean.device), noise.to(clean.device)
    classes = torch.where(untold.to(clean.device), torch.full_like(classes, len(config.classes)), classes)
    if maps is not None:
        maps = torch.where(untold[:, None, None], torch.full_like(maps, UNLABELLED), maps)
    open_to_doubt = model.spectrum.spread(sigma).square().mean(dim=(1, 2, 3))
    error = (model(clean + noise, sigma, classes, maps) - clean).square().mean(dim=(1, 2, 3))
    return (error / open_to_doubt).mean()


def load(folder: Path, name: str) -> tuple[Denoiser, dict[str, Any]]:
    """The model `name` (cells or slices) that is kept under `folder`, on the GPU where there is one, and its card."""
    model, _, card = checkpoint.load(folder, name, lambda config: Denoiser(Config.from_json(config)))
    return model.to(device()), card
