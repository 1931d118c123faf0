"""Whatever was seen, as columns of numbers that a script can learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

_MOST_VALUES = 12  # a text with more different values is known by its length and its place in the alphabet
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """`values` float[n, k], named; columns that never change are left out, and k may be 0."""

    names: tuple[str, ...]
    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.values)


def tabulate(rows: Sequence[Row]) -> Table:
    """Rows of numbers, truth values, texts or None -> a table.

    Numbers stay; what is missing in some rows gets a column that says so; texts of few values get one column for each.
    """
    names = sorted({name for row in rows for name in row})
    columns = [column for name in names for column in _columns(name, [row.get(name) for row in rows])]
    varying = [(name, values) for name, values in columns if np.ptp(values) > 0]
    if not varying:
        return Table((), np.zeros((len(rows), 0)))
    return Table(tuple(name for name, _ in varying), np.column_stack([values for _, values in varying]))


def _columns(name: str, entries: list[Any]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    there = np.array([entry is not None for entry in entries])
    yield f"{name} is there", there.astype(float)
    present = [entry for entry in entries if entry is not None]
    if all(isinstance(entry, int | float) for entry in present):
        known = np.array(present, dtype=float)
        values = np.full(len(entries), np.median(known) if known.size else 0.0)
        values[there] = known
        yield name, values
        return
    texts = [str(entry) if entry is not None else "" for entry in entries]
    different = sorted(set(texts))
    if len(different) <= _MOST_VALUES:
        for value in different:
            yield f"{name} = {value[:40]}", np.array([text == value for text in texts], dtype=float)
        return
    yield f"length of {name}", np.array([len(text) for text in texts], dtype=float)
    yield f"place of {name}", stats.rankdata(texts) / len(texts)


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """The leaves of a JSON value by their path; lists by their length and their entries' places.

    >>> flat({"a": {"b": 1}, "c": [True]})
    {'a.b': 1, 'c.length': 1, 'c.0': True}
    """
    if isinstance(value, Mapping):
        return {
            k: v for name, entry in value.items() for k, v in flat(entry, f"{path}.{name}" if path else name).items()
        }
    if isinstance(value, list):
        found: dict[str, Any] = {f"{path}.length": len(value)}
        for number, entry in enumerate(value):
            found |= flat(entry, f"{path}.{number}")
        return found
    return {path: "null" if value is None else value}  # that a key is there at all may be the leak


def centred(table: Table, keys: Sequence[object]) -> Table:
    """Each group's median taken away: what is left tells rows of a group apart, not groups."""
    values = table.values.copy()
    groups = np.array([hash(key) for key in keys])
    for group in set(groups.tolist()):
        rows = groups == group
        values[rows] -= np.median(values[rows], axis=0)
    return Table(tuple(f"{name}, centred" for name in table.names), values)


def beside(*tables: Table) -> Table:
    """The columns of several tables of the same rows."""
    return Table(tuple(n for table in tables for n in table.names), np.column_stack([table.values for table in tables]))
