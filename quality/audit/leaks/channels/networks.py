"""Small convolutional networks: one sees only the grain (high-pass), one only the coarse picture (low-pass)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from quality.audit.leaks.attacks import learned
from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.pictures import Gallery, Pixels, gallery
from quality.audit.leaks.table import Table
from quality.audit.leaks.verdict import Attack

KEY = "networks"
LIMIT = 0.70
CROP, CROPS = 48, 4  # px of the picture itself: resampling would wipe out the grain
THUMB = 32  # px of the whole picture
EPOCHS, BATCH = 12, 32


def attacks(evidence: Evidence) -> list[Attack]:
    shown = gallery(evidence)
    rng = np.random.default_rng(evidence.seed)
    grain = np.array([_grain(pixels, rng) for pixels in shown.pixels], dtype=np.float32)
    coarse = np.array([_coarse(pixels) for pixels in shown.pixels], dtype=np.float32)
    return [*_attack("high-pass", grain, shown, evidence.seed), *_attack("low-pass", coarse, shown, evidence.seed)]


def _attack(name: str, rows: NDArray[np.float32], shown: Gallery, seed: int) -> list[Attack]:
    flat = rows.reshape(len(rows), -1) if len(rows) else np.zeros((0, 1), dtype=np.float32)
    shape = rows.shape[1:]

    def model(train: NDArray[Any], gold: NDArray[np.bool_], test: NDArray[Any]) -> NDArray[np.float64]:
        return network(train.reshape(-1, *shape), gold, test.reshape(-1, *shape), seed=seed)

    # Pixels have no names, so there are no single figures to tell of.
    table = Table(("pixels",), flat)
    found = learned(
        KEY,
        table,
        shown.gold,
        groups=shown.sources,
        clusters=shown.clusters,
        shortfall=shown.shortfall,
        models={name: model},
        limit=LIMIT,
        seed=seed,
    )
    return [Attack(a.channel, a.name, a.area, a.limit, a.shortfall) for a in found]


def _grain(pixels: Pixels, rng: np.random.Generator) -> NDArray[np.float32]:
    """float32[crops, 3, CROP, CROP]: what a blur takes away, in units of two grey levels."""
    colour = np.asarray(pixels, dtype=np.float32)
    lacking = [(0, max(0, CROP - side)) for side in colour.shape[:2]]
    colour = np.pad(colour, [*lacking, (0, 0)], mode="reflect")
    residual = (colour - ndimage.gaussian_filter(colour, (1.5, 1.5, 0))) / 2
    rows = rng.integers(0, residual.shape[0] - CROP + 1, CROPS)
    columns = rng.integers(0, residual.shape[1] - CROP + 1, CROPS)
    crops = [residual[y : y + CROP, x : x + CROP] for y, x in zip(rows, columns, strict=True)]
    return np.stack(crops).transpose(0, 3, 1, 2)


def _coarse(pixels: Pixels) -> NDArray[np.float32]:
    """float32[1, 3, THUMB, THUMB], -1 to 1."""
    thumb = Image.fromarray(pixels).resize((THUMB, THUMB), Image.Resampling.BOX)
    return (np.asarray(thumb, dtype=np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]


def network(
    train: NDArray[np.float32], gold: NDArray[np.bool_], test: NDArray[np.float32], *, seed: int
) -> NDArray[np.float64]:
    """Train on float32[n, crops, 3, h, w] and score float32[m, crops, 3, h, w]: mean logit of a row's crops."""
    import torch  # here alone: nobody else of this room needs it
    from torch import nn

    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(
            *(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AvgPool2d(2)),
            *(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(32, 1)),
        )
    crops = train.shape[1]
    x = torch.from_numpy(np.ascontiguousarray(train)).flatten(0, 1)
    y = torch.from_numpy(np.repeat(gold, crops).astype(np.float32))
    balance = torch.tensor([(~gold).sum() / max(gold.sum(), 1)], dtype=torch.float32)
    loss_of = nn.BCEWithLogitsLoss(pos_weight=balance)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = EPOCHS * max(1, len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    net.train()
    for _ in range(steps):
        batch = torch.randint(len(x), (BATCH,), generator=generator)
        flips = [axis for axis in (2, 3) if torch.rand((), generator=generator) < 0.5]
        optimiser.zero_grad()
        loss_of(net(x[batch].flip(flips))[:, 0], y[batch]).backward()
        optimiser.step()
        schedule.step()
    net.eval()
    with torch.inference_mode():
        logits = [net(torch.from_numpy(np.ascontiguousarray(row)))[:, 0].mean().item() for row in test]
    return np.array(logits)
