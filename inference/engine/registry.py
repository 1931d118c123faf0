"""Segmenters by name. A new one is a module of its own and one line here.

The modules are imported by name and only when asked for: whoever reads this registry does not thereby import torch.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from inference.engine.protocol import Segmenter, SegmenterError


@dataclass(frozen=True)
class Entry:
    """`factory` is "module:callable", called with (name, checkpoint or None); `encodes`: worth doing ahead?"""

    factory: str
    needs_checkpoint: bool
    encodes: bool


SEGMENTERS: dict[str, Entry] = {
    "demo": Entry("inference.engine.demo:load", needs_checkpoint=False, encodes=False),
    "sam_vit_b": Entry("inference.engine.sam:load", needs_checkpoint=True, encodes=True),
    "sam_vit_l": Entry("inference.engine.sam:load", needs_checkpoint=True, encodes=True),
    "sam_vit_h": Entry("inference.engine.sam:load", needs_checkpoint=True, encodes=True),
    "medsam_vit_b": Entry("inference.engine.medsam:load", needs_checkpoint=True, encodes=True),
    "sam2": Entry("inference.engine.sam2:load", needs_checkpoint=True, encodes=True),
    "ellipse": Entry("inference.engine.ellipse:load", needs_checkpoint=False, encodes=False),
    "grabcut": Entry("inference.engine.grabcut:load", needs_checkpoint=False, encodes=False),
}


def entry(name: str) -> Entry:
    """The registry's line for `name`; raises `SegmenterError` with the known names."""
    if name not in SEGMENTERS:
        raise SegmenterError(f"There is no segmenter {name!r}; known are {', '.join(SEGMENTERS)}.")
    return SEGMENTERS[name]


def check(name: str, checkpoint: str | Path | None = None) -> Entry:
    """The registry's line for `name`, if what it needs is there; else `SegmenterError`. Reads no weights."""
    line = entry(name)
    if line.needs_checkpoint and not checkpoint:
        raise SegmenterError(f"The segmenter {name} needs a checkpoint (.pth); none was given.")
    if checkpoint and not Path(checkpoint).is_file():
        raise SegmenterError(f"The checkpoint {checkpoint} of the segmenter {name} does not exist or is not a file.")
    return line


def load(name: str, checkpoint: str | Path | None = None) -> Segmenter:
    """The segmenter `name`, with the weights in `checkpoint` (bundled ones have their own).

    Raises `SegmenterError`, one sentence, for an unknown name and for a missing or wrong file.
    """
    module, _, function = check(name, checkpoint).factory.partition(":")
    segmenter: Segmenter = getattr(import_module(module), function)(name, Path(checkpoint) if checkpoint else None)
    return segmenter
