"""What a segmentation network learns from, or is judged by."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from synth import manifest
from synth.errors import DataError
from synth.maps import Mapped, squares
from synth.scenes import Scene


@dataclass(frozen=True)
class Examples:
    """`pixels` uint8[n, s, s, 3]; `masks` bool[n, k, s, s], where each of k labels is; `known` bool[n, k], whether that
    is known of a picture at all: gold packs of masks ask for one label each."""

    pixels: np.ndarray
    masks: np.ndarray
    known: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def join(self, others: "Examples") -> "Examples":
        """With others of the same size and labels behind."""
        return Examples(
            np.concatenate([self.pixels, others.pixels]),
            np.concatenate([self.masks, others.masks]),
            np.concatenate([self.known, others.known]),
        )


def of_maps(data: Mapped) -> Examples:
    """All labels are known of label maps."""
    masks = data.maps[:, None] == np.arange(1, len(data.keys) + 1)[:, None, None]
    return Examples(data.pixels, masks, np.ones(masks.shape[:2], bool))


def of_pack(pack: Path, keys: tuple[str, ...], size: int) -> Examples:
    """A gold pack of masks; its pictures are padded to squares and brought to `size` px as real ones are."""
    scenes, asked = [], []
    for item in manifest.read(pack).items:
        if item.label not in keys:
            raise DataError(f"The pack asks for {item.label!r}; the data holds {', '.join(keys)}.")
        with PillowImage.open(manifest.picture_path(pack, item.image)) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        mask = manifest.answer_mask(item.answer, pixels.shape[:2])
        scenes.append(Scene(pixels, mask.astype(np.int32), {1: item.label}, item.image, item.group))
        asked.append(keys.index(item.label))
    every = of_maps(squares(scenes, keys, size=size))
    known = np.zeros_like(every.known)
    known[np.arange(len(asked)), asked] = True
    return Examples(every.pixels, every.masks, known)
