"""Trains the demo segmenter on phantoms: on one processor core an hour is enough; it can be stopped and gone on with.

A pool of scenes is renewed one by one; every example is one object of a scene with a box as a person would draw it.
In a third of the steps the network first answers on the box alone, then learns from clicks on its own mistakes, with
or without being shown its last answer. Half of the scenes keep objects whose outline cannot be seen: there the network
learns what is likely of a box, which is what an honest answer is made of where the picture says nothing.
The weights kept are a running average (Polyak and Juditsky 1992), which matters in so short a training.
"""

import copy
import math
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from inference.engine.calibration import Calibration, Scores, fit
from inference.engine.crops import CROP, Window, appearance, cut, guidance, resize, window_around
from inference.engine.evaluate import dice
from inference.engine.phantoms import MIN_CONTRAST, Mask, Scene, scene
from inference.engine.precision import processor_has_bfloat16
from inference.engine.prompts import correcting_point, jittered_box, simulated_boxes, tight_box
from inference.engine.protocol import Box, Point, Prompt, Segmenter, SegmenterError
from inference.engine.unet import BoxUNet

POOL = 400
BATCH = 16
PEAK_RATE = 3e-3
ZONES = 0.12  # share of scenes with glands in zones, which are not among those that are measured
COARSE = 0.4  # share of examples seen at a lower resolution, as in small crops and coarse volumes
SMALLEST = 14  # pixels of an object at a lower resolution
SAVE_EVERY = 120.0  # seconds
AVERAGING = 0.995
# Half the time of a step where the processor multiplies bfloat16 by itself, much more where it does not.
BFLOAT16 = processor_has_bfloat16()


@dataclass
class Example:
    """One object and one prompt; `truth` float32[CROP, CROP] in [0, 1] is the mask in the crop."""

    image: npt.NDArray[np.uint8]
    box: Box
    window: Window
    truth: Tensor
    points: tuple[Point, ...] = ()
    previous: Tensor | None = None

    def inputs(self) -> Tensor:
        planes = guidance(Prompt(self.box, self.points), self.box, self.window)
        if self.previous is not None:
            planes[-1] = self.previous
        return torch.cat([appearance(self.image, self.window), planes])


def hasty_box(mask: Mask, rng: np.random.Generator) -> Box:
    """A drawn box: every edge off by chance, sometimes all of it a little too large, now and then by two pixels.

    Those two pixels are drawn the more often the more they matter: for half of the objects eight pixels wide.
    """
    x1, y1, x2, y2 = tight_box(mask)
    if rng.random() < np.clip(4 / min(x2 - x1, y2 - y1), 0.15, 0.5):
        return max(simulated_boxes(mask), key=lambda found: int(found[1].sum()))[0]
    x1, y1, x2, y2 = jittered_box(mask, rng, rng.uniform(0, 0.09))
    loose = max(0.0, rng.uniform(-0.12, 0.08))
    dx, dy = loose * (x2 - x1), loose * (y2 - y1)
    return x1 - dx, y1 - dy, x2 + dx, y2 + dy


def coarser(image: npt.NDArray[np.uint8], mask: Mask, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], Mask]:
    """Both at an eighth to four fifths of their size, as far as `SMALLEST` pixels of the object are left."""
    least = max(np.sqrt(SMALLEST / mask.sum()), 0.12)
    side = int(np.ceil(image.shape[0] * np.exp(rng.uniform(np.log(min(least, 0.8)), np.log(0.8)))))
    planes = np.concatenate([image.astype(np.float32), 255 * mask[..., None].astype(np.float32)], 2)
    small = resize(torch.from_numpy(planes).permute(2, 0, 1), (side, side)).permute(1, 2, 0).numpy()
    less = small[..., 3] > 127
    return (small[..., :3].round().astype(np.uint8), less) if less.sum() >= SMALLEST // 2 else (image, mask)


def pick(source: Scene, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], Mask]:
    """The picture and one of its objects, turned, mirrored, sometimes without its colours or at a lower resolution."""
    turns, mirror = int(rng.integers(4)), rng.random() < 0.5

    def turned(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        array = np.rot90(array, turns)
        return np.ascontiguousarray(array[:, ::-1] if mirror else array)

    image = turned(source.image).astype(np.uint8)
    mask = turned(source.masks[int(rng.integers(len(source.masks)))]).astype(bool)
    if rng.random() < 0.2:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    return coarser(image, mask, rng) if rng.random() < COARSE else (image, mask)


def example(source: Scene, rng: np.random.Generator) -> Example:
    """What `pick` found, with a box around it."""
    image, mask = pick(source, rng)
    box = hasty_box(mask, rng)
    window = window_around(box)
    truth = resize(torch.from_numpy(cut(mask, window).astype(np.float32))[None], (CROP, CROP))[0]
    return Example(image, box, window, truth)


def _stack(examples: list[Example]) -> Tensor:
    return torch.stack([e.inputs() for e in examples]).contiguous(memory_format=torch.channels_last)


def with_clicks(network: BoxUNet, examples: list[Example], rng: np.random.Generator) -> list[Example]:
    """The same examples with up to three clicks, each on the largest mistake that is left."""
    shows_last = rng.random() < 0.5
    for _ in range(int(rng.integers(1, 4))):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            answers = network(_stack(examples)) > 0
        for e, answer in zip(examples, answers, strict=True):
            if shows_last:
                e.previous = 2 * answer.float() - 1
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


class Training:
    """The network being trained, its running average, and what is needed to go on after an interruption."""

    def __init__(self, start: BoxUNet | None = None) -> None:
        network = copy.deepcopy(start).train().requires_grad_(True) if start else BoxUNet()
        # channels_last is unknown to the stubs; a fifth faster
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(network).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), weight_decay=0.01)
        self.steps, self.seconds = 0, 0.0

    def save(self, path: Path) -> None:
        """Write all of it, in one step."""
        partial = path.with_suffix(".partial")
        parts = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimiser")}
        torch.save({**parts, "steps": self.steps, "seconds": self.seconds}, partial)
        partial.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        try:
            kept = torch.load(path, weights_only=True)
            for name in ("network", "average", "optimiser"):
                getattr(self, name).load_state_dict(kept[name])
        except (pickle.UnpicklingError, RuntimeError, KeyError, ValueError, EOFError) as error:
            raise SegmenterError(f"{path} does not hold a training of this network to go on with.") from error
        self.steps, self.seconds = kept["steps"], kept["seconds"]

    def step(self, inputs: Tensor, truth: Tensor, rate: float) -> float:
        """One step on a batch; returns its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=BFLOAT16):
            logits = self.network(inputs)
        value = loss(logits.float(), truth)
        self.optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.steps += 1
        keep = min(AVERAGING, 1 - 1 / self.steps)
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new.detach(), 1 - keep)
        return float(value.detach())


def _scene(rng: np.random.Generator) -> Scene:
    look = "zones" if rng.random() < ZONES else None
    return scene(rng, look=look, min_contrast=MIN_CONTRAST if rng.random() < 0.5 else 0.0)


def train(
    *,
    seconds: float,
    seed: int,
    start: BoxUNet | None = None,
    state: Path | None = None,
    report: Callable[[str], None] = lambda line: None,
    clock: Callable[[], float] = time.process_time,
) -> tuple[BoxUNet, int]:
    """Train for `seconds` of `clock` (the processor's, on one core); returns the averaged network and the number of
    steps. `report` gets a line now and then.

    From `start`, if given, it goes on with half the rate. With `state` everything is kept in that file every two
    minutes; where it exists already, training goes on from there, what was done counting towards `seconds`.
    """
    training = Training(start)
    if state and state.exists():
        training.restore(state)
    rng = np.random.default_rng((seed, training.steps))
    torch.manual_seed(seed)
    pool: list[Scene] = [_scene(rng) for _ in range(max(8, min(POOL, int(seconds * 4))))]
    recent, saved, last = 0.0, training.seconds, clock()
    while (progress := training.seconds / seconds) < 1:
        if training.steps % 2 == 0:  # drawing a scene costs a third of a step
            pool[training.steps // 2 % len(pool)] = _scene(rng)
        examples = [example(pool[int(rng.integers(len(pool)))], rng) for _ in range(BATCH)]
        if rng.random() < 1 / 3:
            examples = with_clicks(training.network, examples, rng)
        value = training.step(
            _stack(examples),
            torch.stack([e.truth for e in examples]),
            (_rate(progress) if start is None else _rate(progress) / 2),
        )
        recent = 0.98 * recent + 0.02 * value if recent else value
        now = clock()
        training.seconds, last = training.seconds + now - last, now
        if training.steps % 100 == 0:
            report(f"step {training.steps}, {100 * progress:.0f} % of the time, loss {recent:.3f}")
        if state and training.seconds - saved > SAVE_EVERY:
            training.save(state)
            saved = training.seconds
    if state:
        training.save(state)
    return training.average, training.steps


def judged(segmenter: Segmenter, *, seed: int, scenes: int) -> tuple[Scores, Scores]:
    """Scores of `segmenter` and realised Dice, float64[6 scenes] each: objects and boxes as in training, three a scene,
    before and after a click. The scenes are not those of `train`."""
    rng = np.random.default_rng((seed, 0, 1))
    scores: list[float] = []
    realised: list[float] = []
    for source in (_scene(rng) for _ in range(scenes)):
        for image, mask in (pick(source, rng) for _ in range(3)):
            embedding, box = segmenter.encode(image), hasty_box(mask, rng)
            points: tuple[Point, ...] = ()
            answer: Mask | None = None
            for _ in range(2):
                proposal = segmenter.decode(embedding, [Prompt(box, points, answer)])[0]
                answer = proposal.full((mask.shape[0], mask.shape[1]))
                scores.append(proposal.score)
                realised.append(dice(answer, mask))
                points = tuple(point for point in [correcting_point(mask, answer)] if point)
    return np.array(scores), np.array(realised)


def calibrate(segmenter: Segmenter, *, seed: int, scenes: int = 400) -> Calibration:
    """The map that sets the scores of `segmenter` right on what it was trained for."""
    return fit(*judged(segmenter, seed=seed, scenes=scenes))
