"""Policies side by side: what each spends and how good its labels are.

    policies = [parse_policy(text) for text in ("redundancy=10", "goal=0.05", "goal=0.1,rate=0.1")]
    for row in compare(recording, policies, seed=1):
        row.outcome.spent, row.quality.mean, row.agreement.mean

Quality is the rubric's score against truths that nothing was learnt from; agreement the same against the consensus of
everything that was recorded, where no truth is known. Differences are paired by task, against the first policy.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quality.domain.replay import Figure, Outcome, Policy, Recording, figure, replay, score
from quality.domain.scoring import KnownAnswer
from quality.domain.stopping import FixedRedundancy, RiskGoal

EVERYTHING = Policy("everything recorded")
_KEYS = {"rate": float, "redundancy": int, "goal": float, "least": int}


@dataclass(frozen=True)
class Row:
    """`saved`: share of the first policy's votes, gold included. `gained`: quality over the first policy's; over tasks
    without a truth where no check is known."""

    outcome: Outcome
    saved: float
    quality: Figure
    agreement: Figure
    gained: Figure


def parse_policy(text: str) -> Policy:
    """A policy from "rate=0.1,redundancy=5" or "goal=0.05,least=2,redundancy=10"; ValueError says what is wrong.

    `rate`: gold among all answers (as recorded if left out); `redundancy`: answers a task gets at most; with `goal` it
    stops as soon as the crowd's expected error is no more than that, from `least` answers on.
    """
    values: dict[str, float] = {}
    for part in text.split(","):
        key, _, value = (piece.strip() for piece in part.partition("="))
        try:
            values[key] = _KEYS[key](value)
        except (KeyError, ValueError):
            raise ValueError(
                f"A policy looks like goal=0.05,redundancy=10 with any of {', '.join(_KEYS)}; it is {text!r}."
            ) from None
    if not 0 <= values.get("rate", 0) <= 0.5 or values.get("redundancy", 1) < 1:
        raise ValueError(f"A policy's rate lies between 0 and 0.5 and its redundancy above 0; it is {text!r}.")
    if "least" in values and "goal" not in values:
        raise ValueError(f"The least number of answers belongs to a goal; it is {text!r}.")
    goal = values.get("goal")
    rule = FixedRedundancy() if goal is None else RiskGoal(goal, int(values.get("least", 2)))
    return Policy(text, rule, int(values.get("redundancy", EVERYTHING.redundancy)), values.get("rate"))


def usual_policies(redundancy: int) -> list[Policy]:
    """What a researcher would like to see for a project with at most `redundancy` answers a task."""
    fixed = sorted({redundancy, *(n for n in (3, 5, 7) if n < redundancy)}, reverse=True)
    texts = [f"redundancy={n}" for n in fixed] + [f"goal={goal:g}" for goal in (0.02, 0.05, 0.1, 0.2)]
    return [parse_policy(text) for text in [*texts, "goal=0.05,rate=0.1", "goal=0.05,rate=0.05"]]


def compare(recording: Recording, policies: Sequence[Policy], *, seed: int) -> list[Row]:
    """Replay all `policies` with the same draws."""
    everything = replay(recording, EVERYTHING, rng=np.random.default_rng(seed))
    full = {task: KnownAnswer(fused.answer) for task, fused in everything.fused.items()}
    rows: list[Row] = []
    first: tuple[Outcome, Mapping[Hashable, float]] | None = None
    for policy in policies:
        rng = np.random.default_rng(seed)
        outcome = replay(recording, policy, rng=rng)
        quality, scores = score(outcome, recording, recording.checks, rng=rng)
        agreement, agreed = score(outcome, recording, full, rng=rng)
        first = first or (outcome, scores or agreed)
        before = first[1]
        gains = [value - before[task] for task, value in (scores or agreed).items() if task in before]
        saved = 1 - outcome.spent / first[0].spent if first[0].spent else 0.0
        rows.append(Row(outcome, saved, quality, agreement, figure(gains, rng=rng)))
    return rows
