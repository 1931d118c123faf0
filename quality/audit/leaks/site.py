"""What the audit reads beside the site's database, once the playing is over: the truth, and what honest people did."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from quality.audit import selectors as audit
from quality.audit.leaks.attacker import Notes
from quality.audit.leaks.evidence import Behaviour, Evidence, TaskKey, Truth
from quality.domain.answers import Answer
from quality.store import selectors as store
from webapp.projects.models import Project

_EVERYTHING = 10_000_000
_IN_USE = "approved"
_MOST = 1e9  # a trace is the client's own word


def eyes(project: Project) -> Mapping[TaskKey, Answer]:
    """True answers, where those of all tasks are known; else none: seeing better on gold would betray it."""
    known = store.simulation_truths(project)
    tasks = {(row.file, row.label) for row in store.tasks(project, limit=_EVERYTHING)}
    return known if tasks <= known.keys() else {}


def truth(project: Project) -> Truth:
    """Gold in use against open tasks; what is doubtful or not released any more is neither."""
    rows = store.tasks(project, limit=_EVERYTHING)
    gold = {(row.file, row.label): row.gold == _IN_USE for row in rows if row.gold in ("", "held", _IN_USE)}
    return Truth(gold, {row.file: row.group for row in rows})


def evidence(project: Project, notes: Sequence[Notes], *, seed: int) -> Evidence:
    pictures: dict[str, bytes] = {}
    for one in notes:
        pictures |= one.pictures
    return Evidence(
        kind=project.kind,
        seen=[seen for one in notes for seen in one.seen],
        rounds=[round_ for one in notes for round_ in one.rounds],
        pictures=pictures,
        truth=truth(project),
        behaviour=behaviour(project, without={one.pseudonym for one in notes}),
        seed=seed,
    )


def behaviour(project: Project, *, without: Collection[str] = ()) -> list[Behaviour]:
    return [_behaviour(row) for row in audit.played(project, without=without)]


def _behaviour(row: audit.Played) -> Behaviour:
    seconds = row.client_ms / 1000 if row.client_ms is not None else None
    figures: dict[str, float | None] = {
        "log seconds": math.log(max(seconds, 0.05)) if seconds is not None else None,
        "skipped": float(row.skipped),
        "flagged": float(row.flagged),
        "can't tell": float(row.answer is not None and row.answer["kind"] == "cannot_tell"),
        "log seconds to first change": _log_ms(row.trace.get("first_ms")),
        **{f"{name}s": _count(row.trace, name) for name in ("zoom", "undo", "brush", "eraser", "move", "resize")},
    }
    return Behaviour(row.pseudonym, (row.file, row.label), figures, row.answer, row.size)


def _log_ms(value: Any) -> float | None:
    return math.log(min(max(value, 50.0), _MOST) / 1000) if isinstance(value, int | float) else None


def _count(trace: Mapping[str, Any], name: str) -> float | None:
    """How often something was done; None where the page did not say (the trace is the client's own word)."""
    counts = trace.get("counts")
    if not isinstance(counts, Mapping):
        return None
    value = counts.get(name, 0)
    return math.log1p(min(max(value, 0.0), _MOST)) if isinstance(value, int | float) else 0.0
