"""Sampling with classifier-free guidance by the solvers of `synth.diffusion.solvers`, and the gold packs made of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from synth import packs
from synth.data import Labelled
from synth.diffusion import residue
from synth.diffusion.network import Denoiser
from synth.diffusion.solvers import SOLVERS, guess, noise_levels
from synth.errors import DataError
from synth.maps import Deformed, Mapped, deformed
from synth.phantoms.cytology import finish_crop
from synth.phantoms.stain import Slide

FINE = 0.01  # a sampler that goes on below this leaves nothing worth putting back
RESIDUE_OF = 300


@dataclass(frozen=True)
class Plan:
    """`steps` noise levels from 80 down to `finest`, taken by `solver` (of `SOLVERS`); `guidance` 1 = classes as
    learned, more = more typical.

    finest: after this level the picture that the model expects is taken. .002 keeps all grain that the model makes; .1
    (a dozen grey levels) leaves an empty slide empty; what is finer is then drawn as `residue` says, measured on the
    first `RESIDUE_OF` of the labelled pictures.

    finish: "microscope" takes what the model made as light from a lens and passes it through the demonstration's
    camera (enlarged twice, sensor noise, JPEG), as its drawn cells are; "none" keeps the model's pixels.
    start: None = from pure noise; else the standard deviation (of pixels in -1..1) of the noise under which labelled
    pictures are hidden before the model draws what it sees in them (SDEdit, Meng et al. 2022): their layout and class
    stay, everything finer is the model's. Those pictures must never be served themselves.
    only: the classes to draw from noise, in turn; None = all that the model knows.
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
    only: tuple[str, ...] | None = None
    solver: str = "heun"


@torch.inference_mode()
def sample(
    model: Denoiser,
    classes: torch.Tensor,
    plan: Plan,
    generator: torch.Generator,
    *,
    maps: torch.Tensor | None = None,
    begin: torch.Tensor | None = None,
    left: residue.Residue | None = None,
) -> np.ndarray:
    """float32[b, s, s, 3] in 0-255 (not rounded) for `classes` int64[b] and `maps` uint8[b, s, s]; `begin`
    float32[b, 3, s, s] in -1..1."""
    device = model.spectrum.mean.device
    levels = noise_levels(plan.steps, low=plan.finest, high=plan.start or 80.0)
    size = model.config.size
    picture = (torch.randn(len(classes), 3, size, size, generator=generator) * levels[0]).to(device)
    classes = classes.to(device)
    if begin is not None:
        picture += begin.to(device)
    picture = SOLVERS[plan.solver].run(
        lambda noisy, level: guess(model, noisy, level, classes, maps, plan.guidance), picture, levels.tolist()
    )
    if left is not None:
        picture = picture + left.draw(model, picture, classes, generator)
    return levels_of(picture)


def cells_pack(
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
    ending = "jpg" if plan.finish == "microscope" else "png"
    drawn = (
        packs.Named(_finished(light, number, plan), key, f"generated {number // 10}", {"number": number})
        for number, (light, key) in enumerate(_lights(model, plan, data, say))
    )
    about = _about(card, plan) | {"finish": plan.finish}
    redrawn = data.labels_from if data is not None and plan.start is not None else {}
    packs.write_classes(out, drawn, model.config.classes, about, redrawn=redrawn, ending=ending, say=say)


def slices_pack(
    model: Denoiser, card: dict[str, Any], out: Path, plan: Plan, *, data: Mapped, say: Callable[[str], None] = print
) -> None:
    """Fill the gold pack `out` with `plan.n` pictures of label maps bent from those of `data` or, with `plan.start`,
    redrawn from pictures bent alike."""
    torch.set_num_threads(plan.threads)
    drawn = _slices(model, plan, data, say)
    about = _about(card, plan) | {"crop": data.crop}
    packs.write_masks(out, drawn, model.config.organs, about, mapped=data.labels_from, say=say)


def _slices(
    model: Denoiser, plan: Plan, data: Mapped, say: Callable[[str], None]
) -> Iterator[tuple[np.ndarray, Deformed, str]]:
    generator, rng = torch.Generator().manual_seed(plan.seed), np.random.default_rng(plan.seed)
    for start in range(0, plan.n, plan.batch):
        bent = [deformed(data, rng) for _ in range(min(plan.batch, plan.n - start))]
        maps = torch.from_numpy(np.stack([one.labels for one in bent]))
        begin = None if plan.start is None else as_input(np.stack([one.pixels for one in bent]))
        lights = sample(model, torch.zeros(len(bent), dtype=torch.long), plan, generator, maps=maps, begin=begin)
        say(f"sampled {start + len(bent)} of {plan.n}")
        for number, (light, one) in enumerate(zip(lights, bent, strict=True), start=start):
            # Redrawn pictures keep much of their source's look, the others are of nobody.
            group = f"generated {number // 10}" if plan.start is None else data.groups[one.source]
            yield np.rint(light).astype(np.uint8), one, group


def _about(card: dict[str, Any], plan: Plan) -> dict[str, Any]:
    return {
        "model": card,
        "sampler": SOLVERS[plan.solver].name,
        "steps": plan.steps,
        "finest": plan.finest,
        "guidance": plan.guidance,
        "start": plan.start,
        "only": plan.only,
        "seed": plan.seed,
    }


def _lights(
    model: Denoiser, plan: Plan, data: Labelled | None, say: Callable[[str], None]
) -> Iterator[tuple[np.ndarray, str]]:
    generator = torch.Generator().manual_seed(plan.seed)
    keys = model.config.classes
    drawn = _drawn(keys, plan)
    left = _residue(model, plan, data, generator) if plan.finest >= FINE else None
    for start in range(0, plan.n, plan.batch):
        numbers = torch.arange(start, min(start + plan.batch, plan.n))
        classes, begin = drawn[numbers % len(drawn)], None
        if plan.start is not None and data is not None:
            begin, classes = _given(model, data, numbers.numpy())
        pictures = sample(model, classes, plan, generator, begin=begin, left=left)
        say(f"sampled {start + len(numbers)} of {plan.n}")
        for light, index in zip(pictures, classes.tolist(), strict=True):
            yield light, keys[index]


def _drawn(keys: tuple[str, ...], plan: Plan) -> torch.Tensor:
    """int64[k]: which of the model's classes are drawn."""
    unknown = sorted(set(plan.only or ()) - set(keys))
    if unknown:
        raise DataError(f"The model knows the classes {', '.join(keys)}; it cannot draw {unknown[0]}.")
    return torch.tensor([n for n, key in enumerate(keys) if plan.only is None or key in plan.only])


def _given(model: Denoiser, data: Labelled, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Labelled pictures as the model takes them, and their classes int64[b]."""
    classes = [model.config.classes.index(data.keys[data.labels[n]]) for n in rows]
    return as_input(data.pixels[rows]), torch.tensor(classes)


def as_input(pixels: np.ndarray) -> torch.Tensor:
    """uint8[b, s, s, 3] -> float32[b, 3, s, s] in -1..1."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def levels_of(pictures: torch.Tensor) -> np.ndarray:
    """The way back: float32[b, 3, s, s] in -1..1 -> float32[b, s, s, 3] in 0-255, not rounded."""
    levels: np.ndarray = ((pictures.permute(0, 2, 3, 1).clamp(-1, 1) + 1) * 127.5).cpu().numpy()
    return levels


def _residue(model: Denoiser, plan: Plan, data: Labelled | None, generator: torch.Generator) -> residue.Residue:
    if data is None:
        raise DataError("To end early, sampling needs labelled pictures (--data) to measure on what is left out.")
    pictures, classes = _given(model, data, np.arange(min(len(data), RESIDUE_OF)))
    return residue.measure(model, pictures, classes, plan.finest, generator)


def _finished(light: np.ndarray, number: int, plan: Plan) -> np.ndarray | bytes:
    if plan.finish != "microscope":
        return np.rint(light).astype(np.uint8)
    # A slide of its own for each picture: only its camera matters here, the stain is the model's.
    rng = np.random.default_rng((plan.seed, number))
    return finish_crop(rng, light, Slide.draw(rng, "generated"))
