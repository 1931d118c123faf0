"""When a task has enough answers. One rule for gold and open tasks, and it looks only at what both have (I1, I3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class StoppingRule(Protocol):
    """The seam for rules that look at the risk left; `uncertainty` is the crowd's own (0-1), never the truth's."""

    @property
    def name(self) -> str: ...

    def enough(self, *, counted: int, target: int, uncertainty: float | None = None) -> bool:
        """Whether a task with `counted` answers of `target` wanted needs no more."""
        ...


@dataclass(frozen=True)
class TargetRedundancy:
    """Stop when the wanted number of answers is there."""

    name: str = "target-redundancy"

    def enough(self, *, counted: int, target: int, uncertainty: float | None = None) -> bool:
        if target < 1:
            raise ValueError(f"A task wants at least one answer, this one wants {target}.")
        return counted >= target


RULE: StoppingRule = TargetRedundancy()
