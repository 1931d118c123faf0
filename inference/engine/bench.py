"""What a prompt costs: the library's way (`set_image`, `predict` at every request) against encode once, decode often.

Same model (SAM ViT-B with random weights: speed does not depend on them), same pictures, same boxes, one run. People
alternate between pictures, as they do where tasks are dealt at random, which is what a predictor that remembers one
picture cannot bear. CPU seconds are of this process; latencies are of a queue in which everybody asks at once.
"""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from inference.engine.protocol import Embedding, Prompt
from inference.engine.sam import SamSegmenter
from inference.engine.torchvision_free import segment_anything

PEOPLE = (1, 16, 64)
SIZE = (384, 512)


@dataclass(frozen=True)
class Load:
    """When `people` ask at the same moment: milliseconds until they are answered, by the clock and in CPU time (the
    clock of a machine with nothing else to do); CPU milliseconds a prompt, with the encodes that prompts cause; boxes
    answered a second; encodes a picture."""

    people: int
    prompts: int
    p50_ms: float
    p95_ms: float
    p50_cpu_ms: float
    p95_cpu_ms: float
    cpu_ms: float
    boxes_per_second: float
    encodes_per_picture: float


def _pictures(count: int, rng: np.random.Generator) -> list[Any]:
    return [rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8) for _ in range(count)]


def _boxes(count: int, rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    corners = rng.uniform(0, 250, (count, 2))
    return [(float(x), float(y), float(x + 90), float(y + 70)) for x, y in corners]


Times = list[tuple[float, float]]  # seconds by the clock, CPU seconds


def _load(people: int, latencies: Times, total: tuple[float, float], encodes: float) -> Load:
    """`latencies` of all prompts and the `total` they took together."""
    count = len(latencies)
    shares = 1000 * np.percentile(np.array(latencies), [50, 95], axis=0)
    (p50, p50_cpu), (p95, p95_cpu) = shares.round(1).tolist()
    cpu = round(1000 * total[1] / count, 1)
    return Load(people, count, p50, p95, p50_cpu, p95_cpu, cpu, round(count / total[0], 3), round(encodes, 2))


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(start: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - start[0], time.process_time() - start[1]


def per_request(
    model: Any, pictures: list[Any], requests: int, boxes: list[Any], report: Callable[[str], None]
) -> list[Load]:
    """The annotation backends' way: one request after another, each with its picture.

    Everybody asks at once and is served in turn, so n people are the first n of one queue: a row for 1, and for 16 and
    64 as far as `requests` reach.
    """
    predictor = segment_anything().SamPredictor(model)
    alone: Times = []
    done: Times = []
    start = _now()
    for number in range(requests):
        began = _now()
        predictor.set_image(pictures[number % len(pictures)])
        predictor.predict(box=np.array(boxes[number]), multimask_output=True)
        alone.append(_since(began))
        done.append(_since(start))
        report(f"per request: {number + 1} of {requests}, {done[-1][1] / (number + 1):.1f} CPU seconds each")
    queues = [n for n in PEOPLE if 1 < n <= requests]
    encodes = {n: n / min(n, len(pictures)) for n in (requests, *queues)}
    return [
        _load(1, alone, done[-1], encodes[requests]),
        *(_load(n, done[:n], done[n - 1], encodes[n]) for n in queues),
    ]


def encoded(segmenter: SamSegmenter, images: list[Any]) -> tuple[list[Embedding], dict[str, float]]:
    """Embeddings, and {"cpu_ms": CPU milliseconds a picture, "pictures_per_second"}."""
    start = _now()
    embeddings = [segmenter.encode(image) for image in images]
    seconds, cpu = _since(start)
    figures = {"cpu_ms": round(1000 * cpu / len(images), 1), "pictures_per_second": round(len(images) / seconds, 3)}
    return embeddings, figures


def cached(segmenter: SamSegmenter, embeddings: list[Embedding], people: int, rounds: int, boxes: list[Any]) -> Load:
    """Ours: prompts of all who ask, on embeddings at hand (made once each), decoded together."""
    latencies: Times = []
    start = _now()
    for number in range(-1, rounds):
        if number == 0:  # the first round chose kernels and made copies
            latencies, start = [], _now()
        rows = [(embeddings[(number + n) % len(embeddings)], Prompt(boxes[n])) for n in range(people)]
        began = _now()
        segmenter.decode_rows(rows)
        latencies += [_since(began)] * people
    return _load(people, latencies, _since(start), 1)


def run(
    *, pictures: int = 3, requests: int = 16, rounds: int = 3, report: Callable[[str], None] = print
) -> dict[str, Any]:
    """All of it; returns {"device", "threads", "load", "per_request": [...], "encode", "encode_bfloat16",
    "cached": [...], "cpu_ratio"}. `load`: the machine's at the start and at the end, for whoever reads latencies.
    """
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = segment_anything().sam_model_registry["vit_b"](checkpoint=None).eval().to(device)
    images, boxes = _pictures(pictures, rng), _boxes(max(*PEOPLE, requests), rng)
    busy = [round(os.getloadavg()[0], 1)]
    theirs = per_request(model, images, requests, boxes, report)
    for load in theirs:
        report(f"per request: {load}")
    segmenter = SamSegmenter(model, "sam_vit_b", "random", half=False)
    embeddings, exact = encoded(segmenter, images)
    _, half = encoded(SamSegmenter(model, "sam_vit_b", "random", half=True), images)
    report(f"encoding: {exact}; in bfloat16: {half}")
    ours = [cached(segmenter, embeddings, people, rounds, boxes) for people in PEOPLE]
    for load in ours:
        report(f"cached: {load}")
    return {
        "device": device,
        "threads": torch.get_num_threads(),
        "load": [*busy, round(os.getloadavg()[0], 1)],
        "per_request": [asdict(load) for load in theirs],
        "encode": exact,
        "encode_bfloat16": half,
        "cached": [asdict(load) for load in ours],
        "cpu_ratio": round(theirs[0].cpu_ms / ours[0].cpu_ms, 1),
    }
