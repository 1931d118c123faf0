"""Half the bits where the machine computes with them, checked against all of them before anybody relies on it."""

import numpy as np
import numpy.typing as npt
import torch

from inference.engine.protocol import Prompt, Proposal

LEAST_IOU = 0.99  # of masks from bfloat16 features against those from float32 ones, on average
SIDE = 256


def processor_has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself (AVX-512 BF16 or AMX); elsewhere it costs time."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def scene() -> tuple[npt.NDArray[np.uint8], list[Prompt]]:
    """A picture to try a segmenter on, uint8[256, 256, 3]: nine discs on a shaded ground; and a box around each."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    grey = 60 + 50 * columns / SIDE + np.random.default_rng(0).normal(0, 8, (SIDE, SIDE))
    prompts = []
    for number in range(9):
        y, x, radius = 45 + 80 * (number // 3), 45 + 80 * (number % 3), 14 + 2 * number
        grey[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] += 70
        prompts.append(Prompt((x - radius - 3, y - radius - 2, x + radius + 2, y + radius + 3)))
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2), prompts


def mean_iou(one: list[Proposal], other: list[Proposal], size: tuple[int, int]) -> float:
    """Mean intersection over union of masks in pairs, 0-1; two empty ones agree."""
    values = []
    for a, b in zip(one, other, strict=True):
        first, second = a.full(size), b.full(size)
        either = np.count_nonzero(first | second)
        values.append(np.count_nonzero(first & second) / either if either else 1.0)
    return float(np.mean(values))
