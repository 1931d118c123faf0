"""Training: rare classes are drawn more often, cells turned; an exponential average of the weights is kept."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from synth.data import Labelled
from synth.diffusion.network import Config, Denoiser, loss
from synth.errors import DataError
from synth.maps import Mapped
from synth.training import Plan, Run, Say, train

RATE = 8e-4  # falls linearly in the last fifth
AVERAGE = 0.9985


@dataclass(frozen=True)
class Examples:
    """What is learnt from: `pixels` uint8[n, s, s, 3]; `classes` int64[n]; `maps` uint8[n, s, s] or None;
    `weights` float64[n], how often each is drawn; `turn`: quarter turns and upside down are as good as upright."""

    pixels: np.ndarray
    classes: np.ndarray
    maps: np.ndarray | None
    weights: np.ndarray
    turn: bool
    about: dict[str, Any]


def balanced(labels: np.ndarray) -> np.ndarray:
    """float64[n] of sum 1, how often each of `labels` int64[n] is drawn: a class as the square root of its number,
    half-way between as they come and all classes alike."""
    weights: np.ndarray = 1 / np.sqrt(np.bincount(labels)[labels])
    return weights / weights.sum()


class _DiffusionRun(Run):
    def __init__(self, config: Config, examples: Examples, plan: Plan) -> None:
        super().__init__(plan)
        if config.size % config.multiple:
            raise DataError(f"The side must divide by {config.multiple}; it is {config.size} px.")
        self.config, self.examples = config, examples
        network = Denoiser(config)
        network.spectrum.measure(examples.pixels)
        self.network = network.to(self.device)
        self.averaged = copy.deepcopy(network).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
        self.parts = {"network": self.network, "averaged": self.averaged, "optimiser": self.optimiser}
        self._pixels = torch.from_numpy(examples.pixels).permute(0, 3, 1, 2)
        self._classes = torch.from_numpy(examples.classes)
        self._maps = None if examples.maps is None else torch.from_numpy(examples.maps)
        self._weights = torch.from_numpy(examples.weights)

    def advance(self, share: float) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (self.step + 1) / 200, 5.05 - 5 * share)
        pictures, classes, maps = self._batch()
        value = loss(self.network, pictures, classes, maps, self.generator)
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        # A short memory at first, or the random start would linger in the average.
        decay = min(AVERAGE, (2 + self.step) / (11 + self.step))
        with torch.no_grad():
            for kept, now in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(now, 1 - decay)
        return {"loss": value.item()}

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        chosen = torch.multinomial(self._weights, self.plan.batch, replacement=True, generator=self.generator)
        pictures: torch.Tensor = self._pixels[chosen].float() / 127.5 - 1
        maps = None if self._maps is None else self._maps[chosen]
        if self.examples.turn:
            turns = int(torch.randint(4, (1,), generator=self.generator))
            pictures = torch.rot90(pictures, turns, (2, 3))
            if torch.rand(1, generator=self.generator) < 0.5:
                pictures = pictures.flip(3)
        return pictures.to(self.device), self._classes[chosen].to(self.device), maps

    def kept(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """Averaged weights in float16; the spectrum in float32."""
        weights = {
            name: tensor.to(torch.float16 if name.startswith("net.") else torch.float32)
            for name, tensor in self.averaged.state_dict().items()
        }
        return self.config.to_json(), weights

    def about(self) -> dict[str, Any]:
        return {"learning_rate": RATE, "data": self.examples.about}


class CellsRun(_DiffusionRun):
    model, what = "cells", "Class-conditional diffusion of single cells, pixel space, EDM preconditioning"


class SlicesRun(_DiffusionRun):
    model, what = "slices", "Mask-conditional diffusion of slices, pixel space, EDM preconditioning"


def train_cells(data: Labelled, out: Path, plan: Plan, *, config: Config | None = None, say: Say = print) -> None:
    """Class-conditional: train on `data` and keep the checkpoint under `out`."""
    config = config or Config(size=data.pixels.shape[1], classes=data.keys)
    examples = Examples(data.pixels, data.labels, None, balanced(data.labels), turn=True, about=data.about())
    train(CellsRun(config, examples, plan), out, say=say)


def train_slices(data: Mapped, out: Path, plan: Plan, *, config: Config | None = None, say: Say = print) -> None:
    """Mask-conditional: train on `data`, slices without labels among them, and keep the checkpoint under `out`."""
    config = config or Config(size=data.pixels.shape[1], classes=(), organs=data.keys, crop=data.crop)
    even = np.full(len(data), 1 / len(data))
    examples = Examples(data.pixels, np.zeros(len(data), np.int64), data.maps, even, turn=False, about=data.about())
    train(SlicesRun(config, examples, plan), out, say=say)
