"""Trains the demo segmenter on phantoms: on one processor core some ten minutes are enough.

A pool of scenes is renewed one by one; every example is one object of a scene with a box as a person would draw it.
In a third of the steps the network first answers on the box alone, then learns from clicks on its own mistakes.
The weights kept are a running average (Polyak and Juditsky 1992), which matters in so short a training.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from inference.engine import demo
from inference.engine.crops import CROP, Window, appearance, cut, guidance, resize, window_around
from inference.engine.ellipse import ellipse_in_box
from inference.engine.phantoms import MIN_AREA, Mask, Scene, scene
from inference.engine.prompts import correcting_point, jittered_box
from inference.engine.protocol import Box, Point, Prompt
from inference.engine.unet import BoxUNet

POOL = 400
BATCH = 16
PEAK_RATE = 3e-3
COARSE = 0.35  # share of examples seen at a lower resolution, as in small crops and coarse volumes
AVERAGING = 0.995
HELD_OUT_SEED = 20_000_003


@dataclass
class Example:
    """One object and one prompt; `truth` float32[CROP, CROP] in [0, 1] is the mask in the crop."""

    image: npt.NDArray[np.uint8]
    box: Box
    window: Window
    truth: Tensor
    points: tuple[Point, ...] = ()

    def inputs(self) -> Tensor:
        prompt = Prompt(self.box, self.points)
        return torch.cat([appearance(self.image, self.window), guidance(prompt, self.box, self.window)])


def hasty_box(mask: Mask, rng: np.random.Generator) -> Box:
    """A drawn box: every edge off by chance, and all of it often a little too large."""
    x1, y1, x2, y2 = jittered_box(mask, rng, rng.uniform(0, 0.09))
    loose = max(0.0, rng.uniform(-0.04, 0.08))
    dx, dy = loose * (x2 - x1), loose * (y2 - y1)
    return x1 - dx, y1 - dy, x2 + dx, y2 + dy


def coarser(image: npt.NDArray[np.uint8], mask: Mask, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], Mask]:
    """Both at a third to four fifths of their size, unless too little of the object would be left."""
    side = int(image.shape[0] * rng.uniform(0.33, 0.8))
    planes = np.concatenate([image.astype(np.float32), 255 * mask[..., None].astype(np.float32)], 2)
    small = resize(torch.from_numpy(planes).permute(2, 0, 1), (side, side)).permute(1, 2, 0).numpy()
    less = small[..., 3] > 127
    return (small[..., :3].round().astype(np.uint8), less) if less.sum() >= MIN_AREA // 2 else (image, mask)


def example(source: Scene, rng: np.random.Generator) -> Example:
    """An object of `source`, turned, mirrored, sometimes without its colours or at a lower resolution."""
    turns, mirror = int(rng.integers(4)), rng.random() < 0.5

    def turned(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        array = np.rot90(array, turns)
        return np.ascontiguousarray(array[:, ::-1] if mirror else array)

    image = turned(source.image).astype(np.uint8)
    mask = turned(source.masks[int(rng.integers(len(source.masks)))]).astype(bool)
    if rng.random() < 0.2:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    if rng.random() < COARSE:
        image, mask = coarser(image, mask, rng)
    box = hasty_box(mask, rng)
    window = window_around(box)
    truth = resize(torch.from_numpy(cut(mask, window).astype(np.float32))[None], (CROP, CROP))[0]
    return Example(image, box, window, truth)


def _stack(examples: list[Example]) -> Tensor:
    return torch.stack([e.inputs() for e in examples]).contiguous(memory_format=torch.channels_last)


def with_clicks(network: BoxUNet, examples: list[Example], rng: np.random.Generator) -> list[Example]:
    """The same examples with up to three clicks, each on the largest mistake that is left."""
    for _ in range(int(rng.integers(1, 4))):
        with torch.inference_mode():
            answers = network(_stack(examples)) > 0
        for e, answer in zip(examples, answers, strict=True):
            point = correcting_point(e.truth.numpy() > 0.5, answer.numpy())
            if point is None or rng.random() < 0.2:
                continue
            x1, y1, x2, y2 = e.window
            x = x1 + (point[0] + rng.normal(0, 0.5)) * (x2 - x1) / CROP
            y = y1 + (point[1] + rng.normal(0, 0.5)) * (y2 - y1) / CROP
            e.points = (*e.points, (x, y, point[2]))
    return examples


def loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy plus soft Dice (Milletari et al. 2016), mean over the batch."""
    probability = logits.sigmoid()
    overlap = 2 * (probability * truth).sum((1, 2)) + 1
    dice = overlap / (probability.sum((1, 2)) + truth.sum((1, 2)) + 1)
    return F.binary_cross_entropy_with_logits(logits, truth) + (1 - dice).mean()


def _rate(progress: float) -> float:
    """A short climb, then half a cosine down."""
    return PEAK_RATE * min(progress / 0.03, 1.0) * (0.5 + 0.5 * math.cos(math.pi * progress)) + 1e-5


def train(
    *, seconds: float, seed: int, start: BoxUNet | None = None, report: Callable[[str], None] = lambda line: None
) -> tuple[BoxUNet, int]:
    """Train for `seconds`, from `start` if given; returns the averaged network and the number of steps.

    The clock starts when the first scenes are drawn (some ten seconds). `report` gets a line now and then.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    network = copy.deepcopy(start).train().requires_grad_(True) if start else BoxUNet()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # unknown to the stubs; a fifth faster
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    pool: list[Scene] = [scene(rng) for _ in range(max(8, min(POOL, int(seconds * 4))))]
    steps, recent, started = 0, 0.0, time.monotonic()
    while (progress := (time.monotonic() - started) / seconds) < 1:
        pool[steps % len(pool)] = scene(rng)
        examples = [example(pool[int(rng.integers(len(pool)))], rng) for _ in range(BATCH)]
        if rng.random() < 1 / 3:
            examples = with_clicks(network, examples, rng)
        for group in optimiser.param_groups:
            group["lr"] = _rate(progress)
        value = loss(network(_stack(examples)), torch.stack([e.truth for e in examples]))
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        steps += 1
        keep = min(AVERAGING, 1 - 1 / steps)
        for kept, new in zip(average.parameters(), network.parameters(), strict=True):
            kept.lerp_(new.detach(), 1 - keep)
        recent = 0.98 * recent + 0.02 * float(value.detach()) if steps > 1 else float(value.detach())
        if steps % 100 == 0:
            report(f"step {steps}, {100 * progress:.0f} % of the time, loss {recent:.3f}")
    return average, steps


@dataclass(frozen=True)
class HeldOut:
    """Mean Dice on held-out phantoms: box alone, after one and three corrections; share of clicks obeyed."""

    n: int
    box: float
    one_click: float
    three_clicks: float
    clicks_obeyed: float
    ellipse: float


def _dice(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def held_out(segmenter: demo.DemoSegmenter, *, scenes: int = 60, seed: int = HELD_OUT_SEED) -> HeldOut:
    """Measure on scenes that training never saw (its own seed), at full resolution, from jittered boxes."""
    rng = np.random.default_rng(seed)
    dice: list[list[float]] = []
    obeyed: list[bool] = []
    for _ in range(scenes):
        source = scene(rng)
        embedding = segmenter.encode(source.image)
        for mask in source.masks:
            box, points = jittered_box(mask, rng), list[Point]()
            row = [_dice(ellipse_in_box(box, mask.shape), mask)]
            for _ in range(4):
                answer = segmenter.decode(embedding, [Prompt(box, tuple(points))])[0].full(mask.shape)
                obeyed += [bool(answer[int(y), int(x)]) == inside for x, y, inside in points]
                row.append(_dice(answer, mask))
                points += [point for point in [correcting_point(mask, answer)] if point]
            dice.append(row)
    ellipse, box_alone, one, _, three = (round(float(value), 4) for value in np.mean(dice, axis=0))
    return HeldOut(len(dice), box_alone, one, three, round(float(np.mean(obeyed)), 4), ellipse)


def train_to_file(
    *, seconds: float, seed: int, out: Path, start: Path | None, report: Callable[[str], None]
) -> HeldOut:
    """Train, going on from the weights in `start` if given, write to `out`, and measure what was written."""
    began = demo.read(start) if start else None
    network, steps = train(seconds=seconds, seed=seed, start=began, report=report)
    made_by: dict[str, object] = {"seconds": seconds, "seed": seed, "steps": steps, "data": "inference.engine.phantoms"}
    if start:
        made_by["start"] = demo.digest(start)
    demo.save(network, out, made_by)
    return held_out(demo.load("demo", out))
