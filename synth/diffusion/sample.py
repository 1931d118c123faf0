"""Sampling: EDM's second-order (Heun) sampler with classifier-free guidance, and the gold pack made of it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as PillowImage

from synth import manifest
from synth.data import DataError, Labelled
from synth.diffusion import residue
from synth.diffusion.network import Denoiser
from synth.phantoms.cytology import finish_crop
from synth.phantoms.stain import Slide

FINE = 0.01  # a sampler that goes on below this leaves nothing worth putting back
RESIDUE_OF = 300


@dataclass(frozen=True)
class Plan:
    """`steps` noise levels from 80 down to `finest`; `guidance` 1 = classes as learned, more = more typical.

    finest: after this level the picture that the model expects is taken. .002 keeps all grain that the model makes; .1
    (a dozen grey levels) leaves an empty slide empty; what is finer is then drawn as `residue` says, measured on the
    first `RESIDUE_OF` of the labelled pictures.

    finish: "microscope" takes what the model made as light from a lens and passes it through the demonstration's
    camera (enlarged twice, sensor noise, JPEG), as its drawn cells are; "none" keeps the model's pixels.
    start: None = from pure noise; else the standard deviation (of pixels in -1..1) of the noise under which labelled
    pictures are hidden before the model draws what it sees in them (SDEdit, Meng et al. 2022): their layout and class
    stay, everything finer is the model's. Those pictures must never be served themselves.
    """

    n: int
    steps: int = 18
    finest: float = 0.002
    guidance: float = 1.0
    batch: int = 16
    seed: int = 0
    finish: str = "none"
    start: float | None = None
    threads: int = 1


def noise_levels(steps: int, *, low: float = 0.002, high: float = 80.0, bend: float = 7.0) -> torch.Tensor:
    """float32[steps + 1], falling, the last one 0 (Karras et al. 2022, equation 5)."""
    share = torch.linspace(0, 1, steps)
    levels = (high ** (1 / bend) + share * (low ** (1 / bend) - high ** (1 / bend))) ** bend
    return torch.cat([levels, torch.zeros(1)])


@torch.inference_mode()
def sample(
    model: Denoiser,
    classes: torch.Tensor,
    plan: Plan,
    generator: torch.Generator,
    begin: torch.Tensor | None = None,
    left: residue.Residue | None = None,
) -> np.ndarray:
    """float32[b, s, s, 3] in 0-255 (not rounded) for `classes` int64[b]; `begin` float32[b, 3, s, s] in -1..1."""
    size = model.config.size
    levels = noise_levels(plan.steps, low=plan.finest, high=plan.start or 80.0)
    picture = torch.randn(len(classes), 3, size, size, generator=generator) * levels[0]
    if begin is not None:
        picture += begin
    for now, then in zip(levels[:-1].tolist(), levels[1:].tolist(), strict=True):
        slope = (picture - _clean(model, picture, now, classes, plan.guidance)) / now
        step = picture + (then - now) * slope
        if then > 0:
            there = (step - _clean(model, step, then, classes, plan.guidance)) / then
            step = picture + (then - now) * 0.5 * (slope + there)
        picture = step
    if left is not None:
        picture = picture + left.draw(model, picture, classes, generator)
    return ((picture.permute(0, 2, 3, 1).clamp(-1, 1) + 1) * 127.5).numpy()


def _clean(
    model: Denoiser, picture: torch.Tensor, level: float, classes: torch.Tensor, guidance: float
) -> torch.Tensor:
    sigma = torch.full((len(picture),), level)
    # bfloat16 in the convolutions only, as in training: what they add is small where levels are fine.
    with torch.autocast("cpu", torch.bfloat16):
        wanted = model(picture, sigma, classes)
        if math.isclose(guidance, 1.0):
            return wanted
        any_class = model(picture, sigma, torch.full_like(classes, len(model.config.classes)))
    return any_class + guidance * (wanted - any_class)


def sample_pack(
    model: Denoiser,
    card: dict[str, Any],
    out: Path,
    plan: Plan,
    *,
    data: Labelled | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Fill the gold pack `out` with `plan.n` pictures: classes in turn or, with `plan.start`, those of `data`."""
    if plan.start is not None and (data is None or len(data) < plan.n):
        raise DataError(f"To start from pictures, {plan.n} of them are needed; there are {len(data) if data else 0}.")
    torch.set_num_threads(plan.threads)
    keys = model.config.classes
    items = []
    for number, (light, key) in enumerate(_lights(model, plan, data, say)):
        name = f"images/{number + 1:05d}.{'jpg' if plan.finish == 'microscope' else 'png'}"
        _save(out / name, light, np.random.default_rng((plan.seed, number)), plan)
        made = {"model": card.get("model"), "seed": plan.seed, "number": number}
        items.append(
            manifest.Item(name, {"kind": "class", "label": key}, group=f"generated {number // 10}", provenance=made)
        )
    generator = {
        "model": card,
        "sampler": "EDM Heun",
        "steps": plan.steps,
        "finest": plan.finest,
        "guidance": plan.guidance,
        "start": plan.start,
        "seed": plan.seed,
        "finish": plan.finish,
    }
    labels = tuple(manifest.PackLabel(key, key.replace("_", " ").capitalize()) for key in keys)
    manifest.write(
        out, manifest.Manifest(f"Generated cells, seed {plan.seed}", "class", labels, tuple(items), generator)
    )
    say(f"Wrote {len(items)} pictures to {out}.")


def _lights(
    model: Denoiser, plan: Plan, data: Labelled | None, say: Callable[[str], None]
) -> Iterator[tuple[np.ndarray, str]]:
    generator = torch.Generator().manual_seed(plan.seed)
    keys = model.config.classes
    left = _residue(model, plan, data, generator) if plan.finest >= FINE else None
    for start in range(0, plan.n, plan.batch):
        numbers = torch.arange(start, min(start + plan.batch, plan.n))
        classes, begin = numbers % len(keys), None
        if plan.start is not None and data is not None:
            begin, classes = _given(model, data, numbers.numpy())
        pictures = sample(model, classes, plan, generator, begin, left)
        say(f"sampled {start + len(numbers)} of {plan.n}")
        for light, index in zip(pictures, classes.tolist(), strict=True):
            yield light, keys[index]


def _given(model: Denoiser, data: Labelled, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Labelled pictures as the model takes them: float32[b, 3, s, s] in -1..1, int64[b]."""
    pictures = torch.from_numpy(data.pixels[rows]).permute(0, 3, 1, 2).float() / 127.5 - 1
    return pictures, torch.tensor([model.config.classes.index(data.keys[data.labels[n]]) for n in rows])


def _residue(model: Denoiser, plan: Plan, data: Labelled | None, generator: torch.Generator) -> residue.Residue:
    if data is None:
        raise DataError("To end early, sampling needs labelled pictures (--data) to measure on what is left out.")
    pictures, classes = _given(model, data, np.arange(min(len(data), RESIDUE_OF)))
    return residue.measure(model, pictures, classes, plan.finest, generator)


def _save(path: Path, light: np.ndarray, rng: np.random.Generator, plan: Plan) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if plan.finish == "microscope":
        # A slide of its own for each picture: only its camera matters here, the stain is the model's.
        path.write_bytes(finish_crop(rng, light, Slide.draw(rng, "generated")))
    else:
        PillowImage.fromarray(np.rint(light).astype(np.uint8)).save(path, optimize=True)
