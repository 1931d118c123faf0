"""One virtual volunteer: joins, plays rounds through the API, and remembers what they answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quality.audit.crowd import answers
from quality.audit.crowd.answers import CANNOT_TELL, NOTHING, Question
from quality.audit.crowd.assist import AssistSocket
from quality.audit.crowd.client import PlayClient, SimulationError
from quality.audit.crowd.kinds import Assist, Kind
from quality.domain.answers import Answer, mask_answer
from quality.domain.metrics import dice
from quality.domain.proposals import PROPOSALS
from quality.domain.rubrics import RUBRICS

__all__ = ["Played", "Player", "SimulationError", "Truths"]

# What is known of a picture (and, for mask questions, of the label asked for), by the picture's file name.
Truths = Mapping[tuple[str, str | None], Answer]


@dataclass
class Played:
    """What somebody did. `scores`: what their answers were really worth, 0-1; `rounds`: id -> score shown (or None)."""

    kind: str
    pseudonym: str = ""
    answers: int = 0
    unknown: int = 0  # pictures that nothing is known of
    prompts: int = 0  # boxes sent to the assist
    proposals: int = 0  # masks that came back
    assisted: int = 0  # answers that took a proposal as it was
    filled: int = 0  # pictures that came with an answer filled in
    kept: int = 0  # of those, left as they were
    scores: list[float] = field(default_factory=list)
    rounds: dict[str, int | None] = field(default_factory=dict)


class Player:
    """`truths` as in `Truths`; `deadline`: monotonic seconds after which nobody starts anything new."""

    def __init__(
        self, kind: Kind, *, url: str, slug: str, truths: Truths, seed: np.random.SeedSequence, deadline: float
    ):
        self.kind, self.url, self.slug, self.truths, self.deadline = kind, url, slug, truths, deadline
        self.rng = np.random.default_rng(seed)
        self.favourite = int(self.rng.integers(1 << 16))
        self.played = Played(kind.name)

    async def play(self, *, rounds: int, stays: bool = True) -> Played:
        """Join and play `rounds` rounds, or as far as there are tasks and time; who `stays` waits for the scores."""
        async with PlayClient(self.url) as self.client:
            await self.client.join()
            self.played.pseudonym = self.client.pseudonym
            self.socket = AssistSocket(self.url, self.client.token)
            try:
                await self._play_rounds(rounds)
            finally:
                await self.socket.close()
            if stays:
                await self._wait_for_scores()
        return self.played

    async def _play_rounds(self, rounds: int) -> None:
        finished = 0
        while finished < rounds and time.monotonic() < self.deadline:
            task = await self._next()
            if task is None:
                return
            answer, trace = await self._answer(task)
            path = f"/api/v1/play/assignments/{task['id']}/annotation"
            body = {"answer": answer, "trace": trace, "client_ms": int(self.rng.gamma(4, 1500))}
            await self.client.call("PUT", path, body)
            self.played.answers += 1
            current = task["round"]
            if current["position"] >= current["size"]:
                finished += 1
                self.played.rounds[current["id"]] = None

    async def _next(self) -> dict[str, Any] | None:
        """The next assignment; None when there is nothing left or no time."""
        reply, _ = await self.client.next(self.slug, deadline=self.deadline)
        if reply is None:
            return None
        assignment: dict[str, Any] = reply.json()["assignment"]
        await self.client.call("GET", assignment["image"]["url"])
        return assignment

    async def _answer(self, task: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        image = task["image"]
        labels = [label["key"] for label in task["question"]["labels"]]
        question = Question(task["question"]["kind"], labels, (image["height"], image["width"]))
        file = image["url"].rsplit("/", 1)[-1]
        truth = self.truths.get((file, labels[0] if question.kind == "mask" else None))
        trace: dict[str, Any] = {"client": "simulate_crowd"}
        if truth is None:
            self.played.unknown += 1
            return CANNOT_TELL, trace
        if question.kind == "mask":
            answer = await self._mask(task, question, truth, trace)
        else:
            meant = answers.class_or_boxes(self.kind, question, truth, self.rng, self.favourite)
            answer = self._checked(task, question, meant)
        result = RUBRICS[question.kind](answer, truth, size=question.size)
        if result.score is not None:
            self.played.scores.append(result.score)
        return answer, trace

    def _checked(self, task: Mapping[str, Any], question: Question, meant: dict[str, Any]) -> dict[str, Any]:
        """What was filled in, where they leave it as it is; else what they meant."""
        filled: dict[str, Any] | None = task.get("proposal")
        if filled is None:
            return meant
        self.played.filled += 1
        off = PROPOSALS[question.kind].distance(filled, meant, size=question.size)
        looks_right = self.kind.assist is Assist.CHECK and off <= 1 - self.kind.good_enough
        if self.kind.assist is not Assist.ACCEPT and not looks_right:
            return meant
        self.played.kept += 1
        return filled

    async def _mask(
        self, task: Mapping[str, Any], question: Question, truth: Answer, trace: dict[str, Any]
    ) -> dict[str, Any]:
        if self.rng.random() < self.kind.unsure:
            return CANNOT_TELL
        drawn = answers.outline(self.kind, question, truth, self.rng)
        meant = NOTHING if drawn is None else mask_answer(drawn)
        if task.get("proposal") is not None:
            return self._checked(task, question, meant)
        if drawn is None or self.kind.assist is Assist.IGNORE or not task["assist"]:
            return meant
        box = answers.prompt_box(self.kind, drawn, self.rng)
        proposal = await self.socket.propose(task["id"], box, size=question.size)
        self.played.prompts += 1
        self.played.proposals += proposal is not None
        taken = proposal is not None and (
            self.kind.assist is Assist.ACCEPT or dice(proposal, drawn) >= self.kind.good_enough
        )
        trace |= {"assisted": taken, "assist": {"prompts": [{"box": box}], "iou": 1.0 if taken else None}}
        if proposal is None or not taken:
            return meant
        self.played.assisted += 1
        return mask_answer(proposal)

    async def _wait_for_scores(self) -> None:
        """Ask for the rounds' scores until all are shown or time is up."""
        while None in self.played.rounds.values() and time.monotonic() < self.deadline:
            for round_id, score in self.played.rounds.items():
                if score is None:
                    shown = (await self.client.call("GET", f"/api/v1/play/rounds/{round_id}")).json()
                    self.played.rounds[round_id] = shown["score"]
            if None in self.played.rounds.values():
                await asyncio.sleep(2)
