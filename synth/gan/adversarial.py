"""Training two networks against one another, as both GANs do."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from synth.training import Plan, Run


class AdversarialRun(Run):
    """A generator that is kept and a discriminator that is not; Adam with momentum .5 for both."""

    def __init__(self, plan: Plan, *, rate: float) -> None:
        super().__init__(plan)
        self.rate = rate

    def pit(self, generate: nn.Module, judge: nn.Module) -> None:
        """Say who plays."""
        self.generate, self.judge = generate.to(self.device), judge.to(self.device)
        self.optimisers = [torch.optim.Adam(n.parameters(), self.rate, (0.5, 0.999)) for n in (generate, judge)]
        self.parts = {
            "generator": generate,
            "discriminator": judge,
            "generator_optimiser": self.optimisers[0],
            "discriminator_optimiser": self.optimisers[1],
        }

    def duel(
        self,
        judged: Callable[[torch.Tensor], torch.Tensor],
        real: torch.Tensor,
        made: torch.Tensor,
        beside: torch.Tensor,
    ) -> dict[str, float]:
        """A step of each: `judged` gives the discriminator's logits of pictures, `beside` is what else the generator
        wants small."""
        generators, judges = self.optimisers
        told_apart = (_as_if(judged(real), 1.0) + _as_if(judged(made.detach()), 0.0)) / 2
        _step(judges, told_apart)
        fooled = _as_if(judged(made), 1.0)
        _step(generators, fooled + beside)
        return {"generator": fooled.item(), "discriminator": told_apart.item()}


def _step(optimiser: torch.optim.Optimizer, value: torch.Tensor) -> None:
    optimiser.zero_grad()
    value.backward()
    optimiser.step()


def _as_if(logits: torch.Tensor, real: float) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, real))
