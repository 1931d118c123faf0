"""What every training has in common: a plan, progress, a checkpoint now and then, and going on where it stopped."""

import os
import pickle
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from synth import checkpoint
from synth.errors import DataError

Say = Callable[[str], None]
SAVE_EVERY = 120.0  # seconds
REPORT_EVERY = 100  # steps


@dataclass(frozen=True)
class Plan:
    """Training stops at `steps` or after `seconds`, whichever comes first; `seed` draws weights, batches and noise."""

    steps: int
    seconds: float | None = None
    batch: int = 16
    seed: int = 0
    threads: int = 1


def device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def multiplies_bfloat16(on: torch.device) -> bool:
    """Whether bfloat16 is faster there: by a third on processors that multiply it, and half as fast on others."""
    able = torch.cpu.get_capabilities()
    return on.type != "cpu" or bool(able.get("avx512_bf16") or able.get("amx_bf16"))


class Run(ABC):
    """A training under way. What subclasses put into `parts`, by name, is kept: networks and their optimisers."""

    model: str  # the command's name
    what: str  # a line for the card

    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.device = device()
        self.generator = torch.Generator().manual_seed(plan.seed)
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {}
        self.step = 0
        self.recent: dict[str, float] = {}

    @abstractmethod
    def advance(self, share: float) -> dict[str, float]:
        """One step, `share` (0-1) of the training being over; returns its losses by name."""

    @abstractmethod
    def kept(self) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """What the checkpoint holds: the configuration and the weights."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Parameters and data, for the card."""

    def save(self, out: Path) -> None:
        config, weights = self.kept()
        checkpoint.save(out, config, weights, self._card(weights))
        state = {
            "config": config,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "chance": self.generator.get_state(),
            "step": self.step,
            "recent": self.recent,
        }
        torch.save(state, out / "state.part")
        os.replace(out / "state.part", out / "state.pt")

    def restore(self, out: Path) -> None:
        """Go on from the state under `out`, if there is one; `DataError` where it is of another training."""
        path = out / "state.pt"
        if not path.is_file():
            return
        try:
            state = torch.load(path, weights_only=True)
            if (theirs := state["config"]) != (ours := self.kept()[0]):
                odd = next(name for name in {**theirs, **ours} if theirs.get(name) != ours.get(name))
                raise DataError(
                    f"{out} holds an unfinished training with {odd} = {_told(theirs.get(odd))}; "
                    f"this one has {_told(ours.get(odd))}."
                )
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            self.generator.set_state(state["chance"])
            self.step, self.recent = state["step"], state["recent"]
        except (pickle.UnpicklingError, EOFError, KeyError, RuntimeError, TypeError) as error:
            raise DataError(f"{path} is not the state of a training of `{self.model}`.") from error

    def _card(self, weights: dict[str, torch.Tensor]) -> dict[str, Any]:
        networks = [part for part in self.parts.values() if isinstance(part, nn.Module)]
        measured = {name for network in networks for name, _ in network.named_buffers()}
        return {
            "model": self.model,
            "what": self.what,
            "parameters": sum(tensor.numel() for name, tensor in weights.items() if name not in measured),
            "steps": self.step,
            "batch": self.plan.batch,
            "seed": self.plan.seed,
            "loss": {name: round(value, 5) for name, value in self.recent.items()},
            "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "device": self.device.type,
            **self.about(),
            "versions": {"torch": torch.__version__, "diffusers": version("diffusers")},
        }


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def train(run: Run, out: Path, *, say: Say) -> None:
    """Bring `run` to its end and keep the checkpoint under `out`; an unfinished training there goes on."""
    torch.set_num_threads(run.plan.threads)
    run.restore(out)
    plan, started = run.plan, time.monotonic()
    saved = started
    while run.step < plan.steps:
        now = time.monotonic()
        if plan.seconds is not None and now - started > plan.seconds:
            break
        losses = run.advance(max(run.step / plan.steps, (now - started) / plan.seconds if plan.seconds else 0.0))
        run.step += 1
        for name, value in losses.items():
            before = run.recent.get(name, value)
            run.recent[name] = before + 0.01 * (value - before)
        if run.step % REPORT_EVERY == 0:
            told = ", ".join(f"{name} {value:.4f}" for name, value in run.recent.items())
            say(f"step {run.step} of {plan.steps}: {told}, {now - started:.0f} s")
        if now - saved > SAVE_EVERY:
            run.save(out)
            saved = now
    run.save(out)
    say(f"Kept {out} after {run.step} steps.")
