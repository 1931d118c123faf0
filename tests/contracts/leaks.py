"""Reads everything that the volunteer tier may read and tries every column against gold and open tasks."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from scipy.stats import mannwhitneyu

from tests.players import play_tier
from webapp.config.blind.allowlist import ALLOWED

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Leak:
    """How well one figure separates gold from open tasks: `auc` .5 = not at all; `p` against chance."""

    name: str
    auc: float
    p: float


def read_all() -> dict[str, Rows]:
    """Every table on the list with its readable columns, in the order in which the database gives the rows."""
    tables = {}
    for table, access in ALLOWED.items():
        names = sorted(access.select)
        columns = ", ".join(connection.ops.quote_name(name) for name in names)
        with play_tier(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {connection.ops.quote_name(table)}")
            tables[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return tables


def tasks_of_rows(tables: dict[str, Rows]) -> dict[str, list[list[str]]]:
    """For each table and row the tasks that the row can be joined to."""
    of: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in tables["tasks_task"]:
        of["images_image"][key(row["image_id"])].add(key(row["id"]))
    for row in tables["tasks_assignment"]:
        task = key(row["task_id"])
        of["assignment"][key(row["id"])].add(task)
        of["tasks_hand"][key(row["hand_id"])].add(task)
        of["round"][key(row["round_id"])].add(task)
        of["person"][key(row["annotator_id"])].add(task)
    joins = {
        "images_image": ("images_image", "id"),
        "tasks_hand": ("tasks_hand", "id"),
        "tasks_round": ("round", "id"),
        "game_roundscore": ("round", "round_id"),
        "annotations_flag": ("assignment", "assignment_id"),
        "accounts_user": ("person", "id"),
        "game_standing": ("person", "annotator_id"),
    }
    direct = {"tasks_task": "id", "tasks_assignment": "task_id", "annotations_annotation": "task_id"}
    return {
        **{table: [[key(row[name])] for row in tables[table]] for table, name in direct.items()},
        **{
            table: [sorted(of[group][key(row[name])]) for row in tables[table]]
            for table, (group, name) in joins.items()
        },
    }


def key(value: Any) -> str:
    return str(value).replace("-", "")


def figures(tables: dict[str, Rows], tasks: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Named figures, one float a task: of each column least, greatest and mean; number of rows; place in the table."""
    for table, owners in tasks_of_rows(tables).items():
        rows = tables[table]
        columns = {name: _ranks([row[name] for row in rows]) for name in sorted(ALLOWED[table].select)} if rows else {}
        columns["place in the table"] = np.arange(len(rows), dtype=float)
        members: dict[str, list[int]] = {task: [] for task in tasks}
        for number, linked in enumerate(owners):
            for task in linked:
                if task in members:
                    members[task].append(number)
        yield f"{table}: rows", np.array([len(members[task]) for task in tasks], dtype=float)
        for name, values in columns.items():
            for how in (np.min, np.max, np.mean):
                found = [how(values[members[task]]) if members[task] else -1.0 for task in tasks]
                yield f"{table}.{name}: {how.__name__}", np.array(found)


def _ranks(values: list[Any]) -> np.ndarray:
    """Places of the values in their order; what is not a number is ordered as text, missing ones first."""
    numeric = all(value is None or isinstance(value, int | float) for value in values)
    order = {v: n for n, v in enumerate(sorted({v if numeric else key(v) for v in values if v is not None}))}
    return np.array([-1 if v is None else order[v if numeric else key(v)] for v in values], dtype=float)


def leaks(gold: set[str], tasks: list[str], tables: dict[str, Rows], *, alpha: float) -> tuple[list[Leak], int]:
    """Figures that separate gold from open beyond chance, Holm-corrected at `alpha`; and how many were tried."""
    is_gold = np.array([task in gold for task in tasks])
    tried = []
    for name, values in figures(tables, tasks):
        if np.ptp(values) == 0:
            tried.append(Leak(name, 0.5, 1.0))
            continue
        statistic, p = mannwhitneyu(values[is_gold], values[~is_gold])
        tried.append(Leak(name, statistic / (is_gold.sum() * (~is_gold).sum()), p))
    found = []
    for number, leak in enumerate(sorted(tried, key=lambda leak: leak.p)):
        if leak.p > alpha / (len(tried) - number):
            break
        found.append(leak)
    return found, len(tried)
