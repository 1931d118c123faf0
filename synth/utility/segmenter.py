"""The network that is judged: MONAI's `UNet` (Kerfoot et al. 2018), trained from scratch."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from synth.errors import DataError
from synth.fidelity.training import optimise
from synth.utility.examples import Examples

if TYPE_CHECKING:
    from monai.transforms import Compose

BATCH = 8
CHANNELS = (16, 32, 64, 128)
MULTIPLE = 2 ** (len(CHANNELS) - 1)  # what the side must divide by


def network(labels: int) -> nn.Module:
    """About 200,000 weights: float32[b, 3, s, s] in -1..1 -> logits float32[b, labels, s, s]. `DataError` without
    MONAI."""
    try:
        from monai.networks.nets import UNet
    except ImportError as error:
        raise DataError("`utility` needs MONAI: pip install goldvein[utility].") from error
    halvings = (2,) * (len(CHANNELS) - 1)
    # Normalised picture by picture: few slices make poor statistics of a batch, and patients differ in contrast.
    norm = ("instance", {"affine": True})
    net: nn.Module = UNet(2, in_channels=3, out_channels=labels, channels=CHANNELS, strides=halvings, norm=norm)
    return net


def train(examples: Examples, *, steps: int, seed: int, augment: bool = False) -> nn.Module:
    """Trained on `steps` batches of 8 drawn with replacement; cross-entropy plus soft Dice where labels are known.

    `augment`: every picture is bent, turned, scaled and moved, and its levels, sharpness and noise change, each time.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = network(examples.masks.shape[1])
    x, y = _input(examples.pixels), torch.from_numpy(examples.masks).float()
    known = torch.from_numpy(examples.known).float()
    change = _augmentation(x.shape[-1], seed) if augment else None

    def loss() -> torch.Tensor:
        chosen = torch.randint(len(x), (BATCH,), generator=generator)
        batch, target, told = x[chosen], y[chosen], known[chosen]
        if change is not None:
            changed = [change({"pixels": a, "masks": b}) for a, b in zip(batch, target, strict=True)]
            batch, target = (torch.stack([one[of].as_tensor() for one in changed]) for of in ("pixels", "masks"))
        logits = model(batch)
        p = torch.sigmoid(logits)
        entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none").mean((2, 3))
        # Of the whole batch: slice by slice a label that many slices lack is unlearnt altogether.
        seen = told[:, :, None, None]
        both, either = (p * target * seen).sum((0, 2, 3)), ((p + target) * seen).sum((0, 2, 3))
        overlap = (2 * both + 1) / (either + 1)
        return (entropy * told).sum() / told.sum() + 1 - overlap.mean()

    optimise(model, loss, steps=steps, weight_decay=0.01, say=lambda line: None)
    return model


@torch.inference_mode()
def predict(model: nn.Module, pixels: np.ndarray) -> np.ndarray:
    """uint8[n, s, s, 3] -> bool[n, k, s, s]: where each label is more likely than not."""
    parts = [model(_input(pixels[start : start + 64])) > 0 for start in range(0, len(pixels), 64)]
    return torch.cat(parts).numpy()


def _input(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def _augmentation(side: int, seed: int) -> "Compose":
    """MONAI's transforms of one picture float32[3, s, s] and its masks, about as strong as nnU-Net's (Isensee et al.
    2021). No flips: anatomy has sides."""
    from monai import transforms as of

    bend: dict[str, Any] = {"mode": ["bilinear", "nearest"], "padding_mode": "border", "prob": 0.9}
    away = side / 10
    steps = of.Compose(
        [
            of.Rand2DElasticd(
                ["pixels", "masks"],
                spacing=(side // 4, side // 4),
                magnitude_range=(0, side / 20),
                rotate_range=0.35,
                scale_range=(0.2, 0.2),
                shear_range=(0.1, 0.1),
                translate_range=(away, away),
                **bend,
            ),
            of.RandBiasFieldd("pixels", prob=0.3),
            of.RandAdjustContrastd("pixels", prob=0.5, gamma=(0.7, 1.5)),
            of.RandGaussianSmoothd("pixels", prob=0.2, sigma_x=(0.3, 1.0), sigma_y=(0.3, 1.0)),
            of.RandGaussianNoised("pixels", prob=0.3, std=0.1),
        ]
    )
    steps.set_random_state(seed)
    return steps
