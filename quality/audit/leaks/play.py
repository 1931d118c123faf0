"""All attackers together, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quality.audit.crowd.client import SimulationError
from quality.audit.leaks.attacker import Attacker, Game, Notes
from quality.audit.leaks.evidence import TaskKey
from quality.domain.answers import Answer

_ARRIVAL_SECONDS = 0.3


@dataclass(frozen=True)
class Plan:
    """`people` attackers, `rounds` each at most, `seconds` for everything. `wait_for_scores`: for the score oracle."""

    people: int
    rounds: int
    seconds: float
    seed: int
    wait_for_scores: bool = True
    leave: bool = True


def attack(plan: Plan, *, url: str, slug: str, eyes: Mapping[TaskKey, Answer]) -> Sequence[Notes]:
    """Play, and return what everybody saw. Raises SimulationError with one sentence."""
    return asyncio.run(_attack(plan, url, slug, eyes))


async def _attack(plan: Plan, url: str, slug: str, eyes: Mapping[TaskKey, Answer]) -> Sequence[Notes]:
    began = time.monotonic()
    game = Game(url, slug, plan.rounds, eyes, began + plan.seconds, began, plan.wait_for_scores, plan.leave)
    seeds = np.random.SeedSequence(plan.seed).spawn(plan.people)
    attackers = [Attacker(number, game, seed) for number, seed in enumerate(seeds)]

    async def arrive(attacker: Attacker) -> Notes:
        await asyncio.sleep(attacker.number * _ARRIVAL_SECONDS)
        return await attacker.play()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(arrive(attacker)) for attacker in attackers]
    except ExceptionGroup as failures:
        told = failures.subgroup(SimulationError)
        if told is None:
            raise
        raise SimulationError(str(told.exceptions[0])) from None  # they fail alike
    return [task.result() for task in tasks]
