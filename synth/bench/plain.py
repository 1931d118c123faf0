"""The plain way, as diffusers' own examples train and sample: float32, DDPM's noise, epsilon, 50 steps of DDIM."""

from typing import Any

import torch
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel
from diffusers.training_utils import EMAModel
from torch.nn import functional

from synth.diffusion.network import Config, Denoiser
from synth.training import device


class PlainTraining:
    """diffusers' `train_unconditional.py` with classes: the `UNet2DModel` of `Denoiser`, its patches folded into
    channels alike (`folded`), or the same blocks on the pixels as they are; AdamW, clipped gradients, averaged weights.

    pixels: uint8[n, s, s, 3]; classes: int64[n].
    """

    def __init__(
        self, config: Config, pixels: torch.Tensor, classes: torch.Tensor, *, batch: int, folded: bool
    ) -> None:
        self.fold = config.fold if folded else 1
        self.pixels, self.classes, self.batch = pixels.permute(0, 3, 1, 2), classes, batch
        built = dict(Denoiser(config).net.config)
        built |= {"sample_size": config.size // self.fold}
        built |= dict.fromkeys(("in_channels", "out_channels"), 3 * self.fold**2)
        net: Any = UNet2DModel.from_config(built)
        self.net = net.to(device()).train()
        self.scheduler: Any = DDPMScheduler()
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=1e-4, betas=(0.95, 0.999), weight_decay=1e-6)
        self.averaged: Any = EMAModel(self.net.parameters(), use_ema_warmup=True)

    def advance(self) -> float:
        """One step; returns its loss."""
        chosen = torch.randint(len(self.pixels), (self.batch,))
        clean = functional.pixel_unshuffle(self.pixels[chosen].float() / 127.5 - 1, self.fold).to(device())
        noise, times = torch.randn_like(clean), torch.randint(1000, (self.batch,), device=clean.device)
        noisy = self.scheduler.add_noise(clean, noise, times)
        value = functional.mse_loss(self.net(noisy, times, self.classes[chosen].to(device())).sample, noise)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.averaged.step(self.net.parameters())
        return float(value.item())


@torch.inference_mode()
def ddim(
    model: Denoiser, classes: torch.Tensor, generator: torch.Generator, *, steps: int = 50, half: bool = False
) -> torch.Tensor:
    """float32[b, 3, s, s] in -1..1 for `classes` int64[b], by diffusers' `DDIMScheduler` as it comes.

    The same trained network: what DDIM calls x is `model`'s noisy picture scaled down, so it is scaled up again, and
    the clean picture that the network expects is handed to the scheduler ("sample" prediction). `half`: bfloat16 in
    the convolutions, as ours has it; the plain way is float32.
    """
    scheduler: Any = DDIMScheduler(prediction_type="sample")
    scheduler.set_timesteps(steps)
    at = model.spectrum.mean.device
    picture = torch.randn(len(classes), 3, model.config.size, model.config.size, generator=generator).to(at)
    for time in scheduler.timesteps:
        signal = scheduler.alphas_cumprod[time]
        sigma = ((1 - signal) / signal).sqrt().to(at).expand(len(classes))
        with torch.autocast(at.type, torch.bfloat16, enabled=half):
            clean = model(picture / signal.sqrt().to(at), sigma, classes.to(at))
        picture = scheduler.step(clean, time, picture).prev_sample
    return picture
