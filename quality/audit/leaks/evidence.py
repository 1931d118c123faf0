"""What attackers saw, and the truth that their attacks are scored by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TaskKey = tuple[str, str | None]  # a picture's file name, and the label asked for (mask tasks)


@dataclass(frozen=True)
class Reply:
    """An answer of the site: `headers` by lower-case name, `size` of the body in bytes, `seconds` until it was there.

    `body`: the parsed JSON, None for pictures and empty replies.
    """

    status: int
    headers: Mapping[str, str]
    size: int
    seconds: float
    body: Any = None


@dataclass(frozen=True)
class AssistReply:
    """`kind` mask, unavailable, error, or none where nothing came. `area` and `width`, `height` of the mask in px."""

    kind: str
    size: int
    seconds: float
    area: int = 0
    width: int = 0
    height: int = 0


@dataclass
class Seen:
    """One question as one attacker met it. `number` counts their questions from 0; `at`: seconds since the audit began.

    `waits`: how often the dealer was behind before it. `replies` by name: next, picture, picture again, answer.
    `record`: what one's own data later said of it.
    """

    person: int
    number: int
    at: float
    assignment: str
    file: str
    label: str | None
    round: str
    position: int
    strategy: str
    waits: int
    replies: dict[str, Reply]
    assist: tuple[AssistReply, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> TaskKey:
        return self.file, self.label


@dataclass(frozen=True)
class ScoredRound:
    """A finished round: its answers as (task, strategy), and every number that changed until its score was shown.

    `changes`: "score", "points" of the round, and by path the figures of `me` and the board.
    """

    person: int
    at: float
    answers: Sequence[tuple[TaskKey, str]]
    changes: Mapping[str, float]


@dataclass(frozen=True)
class Behaviour:
    """What an honest person did on a task. `figures`: seconds, zooms, skipped, flagged and such, None = not known.

    `answer` is None where they skipped; `size` (h, w) of the picture in px.
    """

    person: str
    task: TaskKey
    figures: Mapping[str, float | None]
    answer: Mapping[str, Any] | None = None
    size: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Truth:
    """Which tasks are gold, and the source (patient, slide, volume) of each picture: what may not be split."""

    gold: Mapping[TaskKey, bool]
    source: Mapping[str, str]


@dataclass(frozen=True)
class Evidence:
    """All that the channels look at. `kind`: class, box or mask. `pictures`: file name -> bytes as served."""

    kind: str
    seen: Sequence[Seen]
    rounds: Sequence[ScoredRound]
    pictures: Mapping[str, bytes]
    truth: Truth
    behaviour: Sequence[Behaviour] = ()
    seed: int = 0

    def known(self) -> list[Seen]:
        """What was seen of tasks that are still there."""
        return [seen for seen in self.seen if seen.task in self.truth.gold]

    def answered(self) -> list[Seen]:
        """Of these, what was not skipped: a skip is the attacker's own doing, and its reply has another shape."""
        return [seen for seen in self.known() if seen.strategy != "skip"]

    def source_of(self, task: TaskKey) -> str:
        """The source of a task's picture; a picture of no named source is one of its own."""
        return self.truth.source.get(task[0]) or task[0]
