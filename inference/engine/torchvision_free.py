"""Imports segment-anything where torchvision is absent or does not match torch.

torchvision publishes no build for every torch, and one that does not match fails on import ("operator
torchvision::nms does not exist"). segment-anything needs four small functions of it. Where the real one imports, it is
used; otherwise stand-ins with just these functions exist *while segment-anything is imported* and are gone afterwards,
so that diffusers and transformers, which look for torchvision and then expect all of it, never find half of one.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

_importing = threading.Lock()


def resize(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`picture` at `size` = (h, w), bilinear, averaging where it shrinks."""
    return picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)


def to_pil_image(array: npt.NDArray[np.uint8]) -> Image.Image:
    """uint8[h, w, 3] as a Pillow image."""
    return Image.fromarray(array)


def box_area(boxes: torch.Tensor) -> torch.Tensor:
    """float[n, 4] of [x1, y1, x2, y2] -> float[n]."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def batched_nms(boxes: torch.Tensor, scores: torch.Tensor, idxs: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Non-maximum suppression within every group of `idxs`: int64 indices of what stays, best score first."""
    area, kept = box_area(boxes), []
    waiting = scores.argsort(descending=True, stable=True)
    while waiting.numel():
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        corner = torch.maximum(boxes[best, :2], boxes[waiting, :2])
        extent = (torch.minimum(boxes[best, 2:], boxes[waiting, 2:]) - corner).clamp(min=0)
        overlap = extent[:, 0] * extent[:, 1]
        iou = overlap / (area[best] + area[waiting] - overlap)
        waiting = waiting[(iou <= iou_threshold) | (idxs[waiting] != idxs[best])]
    return torch.stack(kept) if kept else scores.new_zeros(0, dtype=torch.int64)


def _stand_ins() -> dict[str, ModuleType]:
    contents = {
        "torchvision": {},
        "torchvision.transforms": {},
        "torchvision.transforms.functional": {"resize": resize, "to_pil_image": to_pil_image},
        "torchvision.ops": {},
        "torchvision.ops.boxes": {"batched_nms": batched_nms, "box_area": box_area},
    }
    modules = {}
    for name, functions in contents.items():
        modules[name] = ModuleType(name)
        modules[name].__spec__ = ModuleSpec(name, None)
        modules[name].__dict__.update(functions)
    return modules


def _forget(package: str) -> None:
    """What a failed import leaves behind: modules of a package that is not there."""
    for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
        del sys.modules[name]


@contextmanager
def _some_torchvision() -> Iterator[None]:
    """The real torchvision if it imports; else the stand-ins, until the block ends."""
    try:
        import_module("torchvision.ops")
    except (ImportError, RuntimeError, AttributeError):
        _forget("torchvision")
    else:
        yield
        return
    sys.modules.update(_stand_ins())
    try:
        yield
    finally:
        _forget("torchvision")


def segment_anything() -> ModuleType:
    """The module `segment_anything`, imported."""
    with _importing:
        if "segment_anything" in sys.modules:
            return sys.modules["segment_anything"]
        _forget("segment_anything")  # MONAI tries it too, without torchvision
        with _some_torchvision():
            return import_module("segment_anything")
