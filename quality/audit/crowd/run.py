"""A whole crowd, at the same time, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quality.audit.crowd.kinds import Kind
from quality.audit.crowd.player import Played, Player, SimulationError, Truths

_ARRIVAL_SECONDS = 0.05  # between one person and the next: a classroom, not a thundering herd


@dataclass(frozen=True)
class Crowd:
    """`people`: one kind each; `rounds` a person at most; `seconds` for everything; `seed`: same seed, same people.

    `stays`: they wait for their scores after the last round.
    """

    people: Sequence[Kind]
    rounds: int
    seconds: float
    seed: int
    stays: bool = True


def simulate(crowd: Crowd, *, url: str, slug: str, truths: Truths) -> list[Played]:
    """Play, and return what everybody did. Raises SimulationError with one sentence."""
    return asyncio.run(_simulate(crowd, url=url.rstrip("/"), slug=slug, truths=truths))


async def _simulate(crowd: Crowd, *, url: str, slug: str, truths: Truths) -> list[Played]:
    deadline = time.monotonic() + crowd.seconds
    seeds = np.random.SeedSequence(crowd.seed).spawn(len(crowd.people))
    players = [
        Player(kind, url=url, slug=slug, truths=truths, seed=seed, deadline=deadline)
        for kind, seed in zip(crowd.people, seeds, strict=True)
    ]

    async def arrive(number: int, player: Player) -> Played:
        await asyncio.sleep(number * _ARRIVAL_SECONDS)
        return await player.play(rounds=crowd.rounds, stays=crowd.stays)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(arrive(number, player)) for number, player in enumerate(players)]
    except ExceptionGroup as failures:
        told = failures.subgroup(SimulationError)
        if told is None:
            raise
        raise SimulationError(str(told.exceptions[0])) from None  # one sentence is enough; they fail alike
    return [task.result() for task in tasks]
