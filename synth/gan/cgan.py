"""Five linear layers each, told the class: Mirza and Osindero 2014 with the parameters of Kunzmann et al. 2022.

64 px pictures, 1,050 of each class, 200 epochs of batches of 64, Adam at 2e-4, cross-entropy on logits.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synth import checkpoint, packs
from synth.data import Labelled
from synth.gan.adversarial import AdversarialRun
from synth.training import Plan, Say, device, train

BATCH, RATE = 64, 2e-4
NOISE = 100  # numbers a picture is made from
WIDTHS = (128, 256, 512, 1024)


class Generator(nn.Module):
    """float32[b, NOISE] and int64[b] -> float32[b, 3, s, s] in -1..1."""

    def __init__(self, size: int, classes: int) -> None:
        super().__init__()
        self.size, self.classes = size, classes
        self.layers = _layers((NOISE + classes, *WIDTHS, 3 * size * size))

    def forward(self, noise: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        told = functional.one_hot(classes, self.classes).float()
        return torch.tanh(self.layers(torch.cat([noise, told], dim=1))).view(-1, 3, self.size, self.size)


class Discriminator(nn.Module):
    """float32[b, 3, s, s] in -1..1 and int64[b] -> logits float32[b], high where it looks real."""

    def __init__(self, size: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.layers = _layers((3 * size * size + classes, *WIDTHS[::-1], 1))

    def forward(self, pictures: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        told = functional.one_hot(classes, self.classes).float()
        logits: torch.Tensor = self.layers(torch.cat([pictures.flatten(1), told], dim=1))[:, 0]
        return logits


def _layers(widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


class CganRun(AdversarialRun):
    model, what = "cgan", "Class-conditional GAN of linear layers, the seed study's baseline"

    def __init__(self, data: Labelled, plan: Plan) -> None:
        super().__init__(plan, rate=RATE)
        self.data, self.size = data, data.pixels.shape[1]
        self.pit(Generator(self.size, len(data.keys)), Discriminator(self.size, len(data.keys)))
        self._pixels, self._labels = torch.from_numpy(data.pixels), torch.from_numpy(data.labels)
        self._weights = torch.from_numpy(1 / np.bincount(data.labels)[data.labels])  # as many of each class

    def advance(self, share: float) -> dict[str, float]:
        chosen = torch.multinomial(self._weights, self.plan.batch, replacement=True, generator=self.generator)
        real = (self._pixels[chosen].permute(0, 3, 1, 2).float() / 127.5 - 1).to(self.device)
        classes = self._labels[chosen].to(self.device)
        noise = torch.randn(len(chosen), NOISE, generator=self.generator).to(self.device)
        made = self.generate(noise, classes)
        return self.duel(lambda pictures: self.judge(pictures, classes), real, made, made.new_zeros(()))

    def kept(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        return {"size": self.size, "classes": list(self.data.keys)}, self.generate.state_dict()

    def about(self) -> dict[str, Any]:
        return {"learning_rate": RATE, "data": self.data.about()}


def train_cgan(data: Labelled, out: Path, plan: Plan, *, say: Say) -> None:
    train(CganRun(data, plan), out, say=say)


def cgan_pack(folder: Path, out: Path, *, n: int, seed: int, say: Say) -> None:
    """Sample the checkpoint under `folder` into the gold pack `out`: `n` pictures, classes in turn."""
    model, config, card = checkpoint.load(folder, "cgan", lambda read: Generator(read["size"], len(read["classes"])))
    drawn = _drawn(model.to(device()), config["classes"], n, seed)
    packs.write_classes(out, drawn, config["classes"], {"model": card, "seed": seed}, say=say)


@torch.inference_mode()
def _drawn(model: Generator, keys: list[str], n: int, seed: int) -> Iterator[packs.Named]:
    generator = torch.Generator().manual_seed(seed)
    for number in range(n):
        noise, kind = torch.randn(1, NOISE, generator=generator), torch.tensor([number % len(keys)])
        picture = model(noise.to(device()), kind.to(device()))[0].permute(1, 2, 0).cpu().numpy()
        pixels = np.rint((picture + 1) * 127.5).astype(np.uint8)
        yield packs.Named(pixels, keys[number % len(keys)], f"generated {number // 10}", {"number": number})
