"""One attacker: joins like anybody, answers by a strategy, and writes down everything that the site lets them see."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

from quality.audit.crowd.answers import CANNOT_TELL, Question
from quality.audit.crowd.assist import AssistSocket
from quality.audit.crowd.client import PlayClient
from quality.audit.crowd.lies import wrong
from quality.audit.leaks.evidence import AssistReply, Reply, ScoredRound, Seen, TaskKey
from quality.audit.leaks.table import flat
from quality.domain import masks
from quality.domain.answers import Answer

# How whole rounds are played; in a mixed one every question has a strategy of its own.
ROUNDS: Mapping[str, float] = {"wrong": 0.6, "cannot tell": 0.15, "right": 0.1, "mixed": 0.15}
MIXED: Mapping[str, float] = {"wrong": 0.4, "right": 0.3, "cannot tell": 0.15, "skip": 0.15}
_SCORE_SECONDS, _BOARD_SECONDS = 60.0, 15.0
_BOX = 0.3, 0.7  # of the picture's sides: the same prompt for every picture


@dataclass(frozen=True)
class Game:
    """What all attackers share. `eyes`: true answers for those who want to be wrong, or {} where not all are known:
    who sees better on gold than elsewhere would betray it themselves. `deadline`, `began`: monotonic seconds."""

    url: str
    slug: str
    rounds: int
    eyes: Mapping[TaskKey, Answer]
    deadline: float
    began: float
    wait_for_scores: bool
    leave: bool


@dataclass
class Notes:
    """What one attacker brings home."""

    pseudonym: str = ""
    seen: list[Seen] = field(default_factory=list)
    rounds: list[ScoredRound] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)


class Attacker:
    def __init__(self, number: int, game: Game, seed: np.random.SeedSequence) -> None:
        self.number, self.game, self.rng = number, game, np.random.default_rng(seed)
        self.notes = Notes()
        self._figures: dict[str, float] = {}
        self._assist = True

    async def play(self) -> Notes:
        """Play until the rounds, the tasks or the time are over; then take one's own data along, and leave."""
        async with PlayClient(self.game.url, patient=True) as self.client:
            await self.client.join()
            self.notes.pseudonym = self.client.pseudonym
            self.socket = AssistSocket(self.game.url, self.client.token)
            try:
                await self._look_at_figures()
                for _ in range(self.game.rounds):
                    if not await self._play_round():
                        break
                await self._take_records()
            finally:
                await self.socket.close()
                if self.game.leave:
                    await self.client.call("DELETE", "/api/v1/play/me?keep_answers=false")
        return self.notes

    async def _play_round(self) -> bool:
        """False when nothing is left."""
        plan = self._draw(ROUNDS)
        answers: list[tuple[TaskKey, str]] = []
        while True:
            strategy = self._draw(MIXED) if plan == "mixed" else plan
            seen, size = await self._question(strategy)
            if seen is None:
                return False
            if seen.strategy == "skip":
                continue
            answers.append((seen.task, seen.strategy))
            if seen.position >= size:
                break
        if self.game.wait_for_scores:
            await self._wait_for_score(seen.round, answers)
        return True

    async def _question(self, strategy: str) -> tuple[Seen | None, int]:
        """One question from asking to answering, and the size of its round."""
        started = time.perf_counter()
        asked, waits = await self.client.next(self.game.slug, deadline=self.game.deadline)
        if asked is None:
            return None, 0
        # With a wait in between, the last ask alone is what took its time.
        seconds = asked.elapsed.total_seconds() if waits else time.perf_counter() - started
        task = asked.json()["assignment"]
        image, labels = task["image"], [label["key"] for label in task["question"]["labels"]]
        question = Question(task["question"]["kind"], labels, (image["height"], image["width"]))
        file = image["url"].rsplit("/", 1)[-1]
        seen = Seen(
            person=self.number,
            number=len(self.notes.seen),
            at=time.monotonic() - self.game.began,
            assignment=task["id"],
            file=file,
            label=labels[0] if question.kind == "mask" else None,
            round=task["round"]["id"],
            position=task["round"]["position"],
            strategy=strategy,
            waits=waits,
            replies={"next": _reply(asked, seconds)},
        )
        await self._look(seen, image["url"])
        if task["assist"]:
            seen.assist = await self._probe(seen, question.size)
        await self._act(seen, question)
        self.notes.seen.append(seen)
        return seen, int(task["round"]["size"])

    async def _look(self, seen: Seen, url: str) -> None:
        for name in ("picture", "picture again"):
            started = time.perf_counter()
            picture = await self.client.call("GET", url)
            seen.replies[name] = _reply(picture, time.perf_counter() - started)
            self.notes.pictures[seen.file] = picture.content

    async def _act(self, seen: Seen, question: Question) -> None:
        path = f"/api/v1/play/assignments/{seen.assignment}"
        started = time.perf_counter()
        if seen.strategy == "skip":
            reply = await self.client.call("POST", f"{path}/skip")
            seen.replies["skip"] = _reply(reply, time.perf_counter() - started)
            return
        truth = self.game.eyes.get(seen.task)
        if truth is None and question.kind == "class" and seen.strategy in ("wrong", "right"):
            seen.strategy = "guess"
        if seen.strategy == "cannot tell":
            answer: Mapping[str, Any] = CANNOT_TELL
        elif seen.strategy == "right" and truth is not None:
            answer = truth
        else:
            answer = wrong(question, truth, self.rng)
            seen.strategy = "guess" if seen.strategy == "guess" else "wrong"
        body = {"answer": answer, "trace": {"client": "audit_leaks"}, "client_ms": int(self.rng.gamma(4, 1500))}
        reply = await self.client.call("PUT", f"{path}/annotation", body)
        seen.replies["answer"] = _reply(reply, time.perf_counter() - started)

    async def _probe(self, seen: Seen, size: tuple[int, int]) -> tuple[AssistReply, ...]:
        """The same box twice; nothing more once the assist has shown that it is away."""
        if not self._assist:
            return ()
        height, width = size
        box = [_BOX[0] * width, _BOX[0] * height, _BOX[1] * width, _BOX[1] * height]
        replies = [await self._prompt(seen.assignment, box) for _ in range(2)]
        self._assist = any(reply.kind == "mask" for reply in replies)
        return tuple(replies)

    async def _prompt(self, assignment: str, box: list[float]) -> AssistReply:
        started = time.perf_counter()
        message = await self.socket.ask(assignment, box)
        seconds = time.perf_counter() - started
        if message is None:
            return AssistReply("none", 0, seconds)
        mask = message.get("mask") or {}
        height, width = mask.get("rle", {}).get("size", (0, 0))
        size = len(json.dumps({k: v for k, v in message.items() if k not in ("assignment", "sequence")}))
        return AssistReply(str(message["type"]), size, seconds, _pixels(mask), int(width), int(height))

    async def _look_at_figures(self) -> dict[str, float]:
        """Every number of one's own page and the board; returns what changed since the last look."""
        figures: dict[str, float] = {}
        for name, path in (("me", "me"), ("board", f"leaderboard?project={self.game.slug}")):
            page = (await self.client.call("GET", f"/api/v1/play/{path}")).json()
            leaves = flat(page, name)
            figures |= {path: float(v) for path, v in leaves.items() if isinstance(v, int | float)}
        changes = {path: value - self._figures.get(path, 0.0) for path, value in figures.items()}
        self._figures = figures
        return changes

    async def _wait_for_score(self, round_id: str, answers: list[tuple[TaskKey, str]]) -> None:
        until = min(time.monotonic() + _SCORE_SECONDS, self.game.deadline)
        while time.monotonic() < until:
            shown = (await self.client.call("GET", f"/api/v1/play/rounds/{round_id}")).json()
            if shown["score"] is not None:
                break
            await asyncio.sleep(1.0)
        else:
            return
        changes = {name: float(value) for name, value in shown.items() if isinstance(value, int | float)}
        until = min(time.monotonic() + _BOARD_SECONDS, self.game.deadline)
        moved = await self._look_at_figures()
        while not any(moved.values()) and time.monotonic() < until:  # boards follow in batches
            await asyncio.sleep(1.0)
            moved = await self._look_at_figures()
        at = time.monotonic() - self.game.began
        self.notes.rounds.append(ScoredRound(self.number, at, tuple(answers), moved | changes))

    async def _take_records(self) -> None:
        """What one's own data says of each answer, by assignment."""
        data = (await self.client.call("GET", "/api/v1/play/me/data")).json()
        records: dict[str, dict[str, Any]] = {}
        for part, entries in data.items():
            for entry in entries if isinstance(entries, list) else ():
                key = entry.get("assignment", entry.get("id")) if isinstance(entry, dict) else None
                if key is not None:
                    records.setdefault(str(key), {}).update({f"{part}.{name}": v for name, v in entry.items()})
        for seen in self.notes.seen:
            seen.record = _without_inputs(records.get(seen.assignment, {}))

    def _draw(self, shares: Mapping[str, float]) -> str:
        return str(self.rng.choice(list(shares), p=list(shares.values())))


def _without_inputs(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record less what the attacker put in."""
    own = ("answers.answer", "answers.trace", "answers.client_ms")
    return {name: value for name, value in record.items() if name not in own}


def _pixels(mask: Mapping[str, Any]) -> int:
    return int(masks.decode(mask["rle"]).sum()) if mask.get("rle") else 0


def _reply(reply: httpx.Response, seconds: float) -> Reply:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    is_json = headers.get("content-type", "").startswith("application/json")
    body = reply.json() if is_json and reply.content else None
    return Reply(reply.status_code, headers, len(reply.content), seconds, body)
