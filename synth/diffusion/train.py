"""Training: random crops of nothing, only turns and flips; an exponential average of the weights is what is kept."""

import copy
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch

from synth.data import DataError, Labelled
from synth.diffusion import checkpoint
from synth.diffusion.network import CellsConfig, Denoiser, loss

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """Training stops at `steps` or after `seconds`, whichever comes first. `rate` falls linearly in the last fifth."""

    steps: int = 8000
    seconds: float | None = None
    batch: int = 16
    rate: float = 8e-4
    average: float = 0.9985
    seed: int = 0
    save_every: float = 120.0
    threads: int = 1


def train(data: Labelled, out: Path, plan: Plan, *, config: CellsConfig | None = None, say: Say = print) -> None:
    """Train on `data` and keep the checkpoint under `out`; an unfinished training there goes on where it stopped."""
    torch.set_num_threads(plan.threads)
    pixels = torch.from_numpy(data.pixels).permute(0, 3, 1, 2)
    config = config or CellsConfig(size=data.pixels.shape[1], classes=data.keys)
    if config.size % (config.fold * 2 ** (len(config.channels) - 1)):
        raise DataError(
            f"The side must divide by {config.fold * 2 ** (len(config.channels) - 1)}; it is {config.size} px."
        )
    run = _Run.start(config, out, plan, data)
    if run.config.classes != data.keys:
        raise DataError(
            f"{out} was trained on {', '.join(run.config.classes)}; this data holds {', '.join(data.keys)}."
        )
    started = saved = time.monotonic()
    while run.step < plan.steps:
        elapsed = time.monotonic() - started
        if plan.seconds is not None and elapsed > plan.seconds:
            break
        share = max(run.step / plan.steps, elapsed / plan.seconds if plan.seconds else 0.0)
        value = run.advance(pixels, data.labels, plan, plan.rate * min(1.0, (run.step + 1) / 200, 5.05 - 5 * share))
        if run.step % 100 == 0:
            say(f"step {run.step} of {plan.steps}: loss {value:.4f}, {elapsed:.0f} s")
        if time.monotonic() - saved > plan.save_every:
            run.save(out, _card(data, plan, run))
            saved = time.monotonic()
    run.save(out, _card(data, plan, run))
    say(f"Kept {out} after {run.step} steps.")


class _Run:
    """Everything that must be kept for training to go on."""

    def __init__(self, config: CellsConfig, plan: Plan, data: Labelled | None = None) -> None:
        torch.manual_seed(plan.seed)
        self.config = config
        self.model = Denoiser(config)
        if data is not None:
            self.model.spectrum.measure(data.pixels)
        self.averaged = copy.deepcopy(self.model).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=plan.rate, betas=(0.9, 0.99), weight_decay=0.01)
        self.generator = torch.Generator().manual_seed(plan.seed)
        self.step = 0
        self.recent = 0.0

    @classmethod
    def start(cls, config: CellsConfig, out: Path, plan: Plan, data: Labelled) -> "_Run":
        state_path = out / "state.pt"
        if not state_path.is_file():
            return cls(config, plan, data)
        state = torch.load(state_path, weights_only=True)
        run = cls(CellsConfig.from_json(state["config"]), plan)
        run.model.load_state_dict(state["model"])
        run.averaged.load_state_dict(state["averaged"])
        run.optimiser.load_state_dict(state["optimiser"])
        run.generator.set_state(state["generator"])
        run.step = state["step"]
        return run

    def advance(self, pixels: torch.Tensor, labels: np.ndarray, plan: Plan, rate: float) -> float:
        chosen = torch.randint(len(pixels), (plan.batch,), generator=self.generator)
        batch = pixels[chosen].float() / 127.5 - 1
        turns, flip = (
            torch.randint(4, (1,), generator=self.generator).item(),
            torch.rand(1, generator=self.generator) < 0.5,
        )
        batch = torch.rot90(batch, int(turns), (2, 3))
        batch = batch.flip(3) if flip else batch
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        # bfloat16 in the convolutions: a third faster on CPUs that have it; preconditioning stays in float32.
        with torch.autocast("cpu", torch.bfloat16):
            value = loss(self.model, batch, torch.from_numpy(labels)[chosen], self.generator)
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        # A short memory at first, or the random start would linger in the average.
        decay = min(plan.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for kept, now in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                kept.lerp_(now, 1 - decay)
        self.recent = value.item() if self.step == 1 else 0.99 * self.recent + 0.01 * value.item()
        return self.recent

    def save(self, out: Path, card: dict[str, Any]) -> None:
        checkpoint.save(out, self.config, self.averaged.state_dict(), card)
        state = {
            "config": self.config.to_json(),
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
        }
        torch.save(state, out / "state.part")
        os.replace(out / "state.part", out / "state.pt")


def _card(data: Labelled, plan: Plan, run: _Run) -> dict[str, Any]:
    counts = np.bincount(data.labels, minlength=len(data.keys))
    return {
        "model": "cells",
        "what": "Class-conditional diffusion of single cells, pixel space, EDM preconditioning",
        "parameters": sum(p.numel() for p in run.model.parameters()),
        "steps": run.step,
        "batch": plan.batch,
        "learning_rate": plan.rate,
        "seed": plan.seed,
        "loss": round(run.recent, 5),
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": {
            "pictures": len(data),
            "groups": len(set(data.groups)),
            "classes": dict(zip(data.keys, counts.tolist(), strict=True)),
        },
        "versions": {"torch": torch.__version__, "diffusers": diffusers.__version__},
    }
