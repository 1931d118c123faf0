"""One way to train a judge."""

from collections.abc import Callable

import torch
from torch import nn


def optimise(
    model: nn.Module, loss: Callable[[], torch.Tensor], *, steps: int, weight_decay: float, say: Callable[[str], None]
) -> None:
    """Bring down `loss()`, which draws a batch of its own each time, in `steps` of AdamW on one cycle of rates."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for step in range(steps):
        value = loss()
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            say(f"judge: step {step + 1} of {steps}, loss {value.item():.3f}")
    model.eval()
