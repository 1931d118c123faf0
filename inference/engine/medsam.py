"""MedSAM (Ma et al. 2024): SAM's ViT-B tuned on medical pictures with boxes, with a preprocessing of its own.

The picture is stretched to 1024x1024 (no padding), scaled to [0, 1] by its own least and greatest value, and not
standardised; there is a single mask. Run through SAM's preprocessing it loses much of what it learned. It wants tight
boxes; a prompt of points alone gets a box of a quarter of the picture around them.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from inference.engine.crops import prompt_box
from inference.engine.protocol import Prompt, Proposal, Row
from inference.engine.sam import SamSegmenter, read_checkpoint


class MedSamSegmenter(SamSegmenter):
    """SAM with another way in and out."""

    def decode_rows(self, rows: list[Row]) -> list[Proposal]:
        return super().decode_rows([(e, _boxed(prompt, e.size)) for e, prompt in rows])

    def _best(self, rows: list[Row]) -> tuple[list[Tensor], Tensor]:
        low, scores = self._low_resolution(rows)
        return self._on_images(low[:, 0], rows), scores[:, 0]

    def _inner(self, size: tuple[int, int]) -> tuple[int, int]:
        return self._side, self._side

    def _prepare(self, image: npt.NDArray[np.uint8]) -> Tensor:
        resized = Image.fromarray(image).resize((self._side, self._side), Image.Resampling.BICUBIC)
        values = torch.from_numpy(np.array(resized)).permute(2, 0, 1).float().to(self._device)
        low, high = values.min(), values.max()
        return (values - low) / (high - low).clamp(min=1e-8)

    def _restore(self, low: Tensor, size: tuple[int, int]) -> Tensor:
        return F.interpolate(low, size, mode="bilinear", align_corners=False)


def _boxed(prompt: Prompt, size: tuple[int, int]) -> Prompt:
    """MedSAM knows boxes only: points alone get one."""
    return prompt if prompt.box else Prompt(prompt_box(prompt, size), prompt.points, prompt.mask)


def load(name: str, checkpoint: Path | None) -> MedSamSegmenter:
    """`medsam_vit_b`."""
    assert checkpoint is not None, "the registry checks this"
    model, digest = read_checkpoint(name, "vit_b", checkpoint)
    return MedSamSegmenter(model, name, digest)
