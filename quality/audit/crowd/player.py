"""One virtual volunteer: joins, plays rounds through the API, and remembers what they answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from quality.audit.crowd import answers
from quality.audit.crowd.answers import CANNOT_TELL, NOTHING, Question
from quality.audit.crowd.assist import AssistSocket
from quality.audit.crowd.kinds import Assist, Kind
from quality.domain.answers import Answer, mask_answer
from quality.domain.metrics import dice
from quality.domain.rubrics import RUBRICS

# What is known of a picture (and, for mask questions, of the label asked for), by the picture's file name.
Truths = Mapping[tuple[str, str | None], Answer]


class SimulationError(Exception):
    """The simulation cannot go on; the message is one sentence."""


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

    async def play(self, *, rounds: int) -> Played:
        """Join and play `rounds` rounds, or as far as there are tasks and time; then wait for the scores."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False) as self.http:
            joined = (await self._call("POST", "/api/v1/play/join", {"consent": True})).json()
            self.http.headers["Authorization"] = f"Token {joined['token']}"
            self.played.pseudonym = joined["annotator"]["pseudonym"]
            self.socket = AssistSocket(self.url, joined["token"])
            try:
                await self._play_rounds(rounds)
            finally:
                await self.socket.close()
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
            await self._call("PUT", path, body)
            self.played.answers += 1
            current = task["round"]
            if current["position"] >= current["size"]:
                finished += 1
                self.played.rounds[current["id"]] = None

    async def _next(self) -> dict[str, Any] | None:
        """The next assignment; None when there is nothing left or no time."""
        while time.monotonic() < self.deadline:
            reply = await self._call("POST", f"/api/v1/play/projects/{self.slug}/next", None)
            if reply.status_code == 204:
                return None
            if reply.status_code == 200:
                assignment: dict[str, Any] = reply.json()["assignment"]
                await self._call("GET", assignment["image"]["url"], None)
                return assignment
            await asyncio.sleep(min(float(reply.headers.get("Retry-After", 1)), 5.0))
        return None

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
            answer = await self._mask(task["id"], question, truth, trace)
        else:
            answer = answers.class_or_boxes(self.kind, question, truth, self.rng, self.favourite)
        result = RUBRICS[question.kind](answer, truth, size=question.size)
        if result.score is not None:
            self.played.scores.append(result.score)
        return answer, trace

    async def _mask(self, assignment: str, question: Question, truth: Answer, trace: dict[str, Any]) -> dict[str, Any]:
        if self.rng.random() < self.kind.unsure:
            return CANNOT_TELL
        meant = answers.outline(self.kind, question, truth, self.rng)
        if meant is None:
            return NOTHING
        if self.kind.assist is not Assist.IGNORE:
            box = answers.prompt_box(self.kind, meant, self.rng)
            proposal = await self.socket.propose(assignment, box, size=question.size)
            self.played.prompts += 1
            self.played.proposals += proposal is not None
            taken = proposal is not None and (
                self.kind.assist is Assist.ACCEPT or dice(proposal, meant) >= self.kind.good_enough
            )
            trace["assist"] = {"box": box, "proposed": proposal is not None, "taken": taken}
            if proposal is not None and taken:
                self.played.assisted += 1
                return mask_answer(proposal)
        return mask_answer(meant)

    async def _wait_for_scores(self) -> None:
        """Ask for the rounds' scores until all are shown or time is up."""
        while None in self.played.rounds.values() and time.monotonic() < self.deadline:
            for round_id, score in self.played.rounds.items():
                if score is None:
                    shown = (await self._call("GET", f"/api/v1/play/rounds/{round_id}", None)).json()
                    self.played.rounds[round_id] = shown["score"]
            if None in self.played.rounds.values():
                await asyncio.sleep(2)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        """A reply of 2xx or 503; everything else ends the simulation with a sentence."""
        try:
            reply = await self.http.request(method, path, json=body)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise SimulationError(f"The site at {self.url} does not answer ({reason}).") from error
        if reply.status_code == 429:
            raise SimulationError(
                "The site limits requests, and a simulation asks faster than people do; "
                "start the site with GOLDVEIN_THROTTLE=off for it."
            )
        if reply.status_code != 503 and not reply.is_success:
            raise SimulationError(f"{method} {path} was answered with {reply.status_code}: {reply.text[:200]}")
        return reply
