"""Training and sampling with the studies' parameters: batches of one, Adam at 2e-4, L1 weighed 100, 200 epochs, the
rate falling to nothing over the second hundred."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from synth import checkpoint, packs
from synth.errors import DataError
from synth.gan.adversarial import AdversarialRun
from synth.maps import Deformed, Mapped, deformed, planes
from synth.pix2pix.network import Generator, PatchDiscriminator, start
from synth.training import Plan, Say, device, train

BATCH, RATE, L1 = 1, 2e-4, 100.0


class Pix2pixRun(AdversarialRun):
    model, what = "pix2pix", "Pictures from label maps by pix2pix, the first study's generator"

    def __init__(self, data: Mapped, plan: Plan) -> None:
        super().__init__(plan, rate=RATE)
        self.data, self.size = data, data.pixels.shape[1]
        if self.size < 32 or self.size & (self.size - 1):
            raise DataError(f"The side must be a power of two from 32 up; it is {self.size} px.")
        width = len(data.keys) + 1
        self.pit(Generator(width, self.size).apply(start), PatchDiscriminator(width).apply(start))
        self._rows = torch.from_numpy(np.flatnonzero(data.is_labelled))
        self._pixels, self._maps = torch.from_numpy(data.pixels), torch.from_numpy(data.maps)

    def advance(self, share: float) -> dict[str, float]:
        for group in [group for optimiser in self.optimisers for group in optimiser.param_groups]:
            group["lr"] = RATE * min(1.0, 2 - 2 * share)
        chosen = self._rows[torch.randint(len(self._rows), (self.plan.batch,), generator=self.generator)]
        real = (self._pixels[chosen].permute(0, 3, 1, 2).float() / 127.5 - 1).to(self.device)
        shown = planes(self._maps[chosen], len(self.data.keys)).to(self.device)
        made = self.generate(shown)
        away = functional.l1_loss(made, real)
        played = self.duel(lambda pictures: self.judge(shown, pictures), real, made, L1 * away)
        return {**played, "L1": away.item()}

    def kept(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        config = {"size": self.size, "crop": self.data.crop, "organs": list(self.data.keys)}
        return config, self.generate.state_dict()

    def about(self) -> dict[str, Any]:
        return {"learning_rate": RATE, "l1": L1, "data": self.data.about()}


def train_pix2pix(data: Mapped, out: Path, plan: Plan, *, say: Say) -> None:
    train(Pix2pixRun(data, plan), out, say=say)


def load(folder: Path) -> tuple[Generator, dict[str, Any], dict[str, Any]]:
    """The generator, its configuration (`size`, `crop`, `organs`) and its card."""
    model, config, card = checkpoint.load(
        folder, "pix2pix", lambda read: Generator(len(read["organs"]) + 1, read["size"])
    )
    return model.to(device()), config, card


def pix2pix_pack(
    model: Generator, card: dict[str, Any], out: Path, *, data: Mapped, n: int, seed: int, say: Say
) -> None:
    """Fill the gold pack `out` with `n` pictures of label maps bent from those of `data`."""
    about = {"model": card, "seed": seed, "crop": data.crop}
    packs.write_masks(out, _drawn(model, data, n, seed), data.keys, about, mapped=data.labels_from, say=say)


@torch.inference_mode()
def _drawn(model: Generator, data: Mapped, n: int, seed: int) -> Iterator[tuple[np.ndarray, Deformed, str]]:
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)  # dropout is the only chance in it
    for number in range(n):
        bent = deformed(data, rng)
        shown = planes(torch.from_numpy(bent.labels)[None], len(data.keys)).to(device())
        picture = model(shown)[0].permute(1, 2, 0).cpu().numpy()
        yield np.rint((picture + 1) * 127.5).astype(np.uint8), bent, f"generated {number // 10}"
