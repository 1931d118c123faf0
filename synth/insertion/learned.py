"""Parts and holes covered by what a generator draws there, in place of donors and of the picture's own background."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from synth.diffusion.network import load
from synth.errors import DataError
from synth.inpaint.repaint import fill
from synth.insertion.compose import RING
from synth.insertion.orders import Order
from synth.insertion.places import Move
from synth.scenes import box_of, tile

BATCH = 16


class Filler:
    """The model `slices` of a checkpoint that was trained on squares at the scenes' own scale (`--crop` and `--size`
    alike). `keys`: the scenes' labels, which must be the model's."""

    def __init__(self, checkpoint: Path, keys: tuple[str, ...], *, seed: int = 0, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        self._model, self.card = load(checkpoint, "slices")
        config = self._model.config
        if config.crop != config.size:
            cut = f"{config.crop} px" if config.crop else "whole pictures"
            raise DataError(
                f"To fill holes, a model must know squares at their own scale; this one was trained on {cut} "
                f"brought to {config.size} px."
            )
        if config.organs != keys:
            raise DataError(f"The model knows the labels {', '.join(config.organs)}; the data holds {', '.join(keys)}.")
        self._generator = torch.Generator().manual_seed(seed)

    @property
    def labels_from(self) -> dict[str, int]:
        """See `synth.manifest.Manifest`."""
        counts: dict[str, int] = self.card.get("data", {}).get("labels_from", {})
        return counts

    def refilled(self, orders: list[Order], *, say: Callable[[str], None]) -> list[Order]:
        """Orders that fit with pixels of the model's."""
        done: list[Order] = []
        for start in range(0, len(orders), BATCH):
            batch = [(order, self._window(order)) for order in orders[start : start + BATCH]]
            drawn = fill(
                self._model,
                np.stack([order.host.pixels[window] for order, window in batch]),
                np.stack([order.part[window] for order, window in batch]),
                np.stack([self._map(order)[window] for order, window in batch]),
                self._generator,
            )
            done += [_with(order, window, pixels) for (order, window), pixels in zip(batch, drawn, strict=True)]
            say(f"drew {len(done)} of {len(orders)}")
        return done

    def fits(self, order: Order) -> bool:
        """Whether the model's square holds all that is to be drawn and what is round it."""
        if self._model.config.size > min(order.host.objects.shape):
            return False
        near = ndimage.binary_dilation(order.part, iterations=RING)
        return bool(near.sum() == near[self._window(order)].sum())

    def _window(self, order: Order) -> tuple[slice, slice]:
        return tile(box_of(order.part), order.host.objects.shape, self._model.config.size)

    def _map(self, order: Order) -> np.ndarray:
        """uint8[h, w]: the labels of the whole picture afterwards."""
        labels: np.ndarray = np.zeros(order.host.objects.shape, np.uint8)
        for k, key in enumerate(self._model.config.organs, start=1):
            labels[order.mask(key)] = k
        return labels


def _with(order: Order, window: tuple[slice, slice], drawn: np.ndarray) -> Order:
    pixels: Any = order.host.pixels.copy()
    pixels[window] = drawn
    part = order.part
    return replace(order, moves=(Move(pixels, order.moves[0].objects, part, box_of(part)),))
