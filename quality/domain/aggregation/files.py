"""Votes, gold and results as files. Whatever is wrong with one is said in a sentence (`BadFile`)."""

from __future__ import annotations

import csv
import math
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.boxes import Drawn
from quality.domain.masks import MAX_PIXELS

EDGES = ("x1", "y1", "x2", "y2")
SURE = 0.9  # gold may say how sure it is; below this it is not taken for known


class BadFile(ValueError):
    """A file is not what it should be; the message is one sentence for the person who gave it."""


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV file that has `columns`; others are kept too."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise BadFile(f"{path} has no column {missing[0]}; expected {','.join(columns)}.")
            for row in reader:
                yield reader.line_num, {key: (value or "") for key, value in row.items() if isinstance(key, str)}
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path} is not a CSV file in UTF-8 ({error}).") from error


def read_class_votes(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Tasks, workers, labels, one entry a vote; rows without a label are abstentions and left out."""
    rows = [
        (_named(row, "task", path, line), _named(row, "worker", path, line), row["label"])
        for line, row in read_rows(path, ("task", "worker", "label"))
        if row["label"] != ""
    ]
    if not rows:
        raise BadFile(f"{path} holds no vote.")
    tasks, workers, labels = zip(*rows, strict=True)
    return list(tasks), list(workers), list(labels)


def read_class_gold(path: Path) -> dict[str, str]:
    gold: dict[str, str] = {}
    for line, row in read_rows(path, ("task", "label")):
        if not _is_sure(row, path, line):
            continue
        if gold.setdefault(_named(row, "task", path, line), row["label"]) != row["label"]:
            raise BadFile(f"{path}, line {line}: task {row['task']} is given a second, different label.")
    return gold


def read_box_votes(path: Path) -> dict[str, dict[str, Drawn]]:
    """Task -> worker -> boxes. A row with a worker and no box is "nothing here".

    A file without any such row does not say who looked and found nothing; then workers who answered on at least half of
    all tasks are taken to have seen every one.
    """
    votes: dict[str, dict[str, list[tuple[list[float], str]]]] = {}
    says_nothing = False
    for line, row in read_rows(path, ("task", "worker", "label", *EDGES)):
        worker = _named(row, "worker", path, line)
        boxes = votes.setdefault(_named(row, "task", path, line), {}).setdefault(worker, [])
        edges = _edges(row, path, line)
        says_nothing |= edges is None
        if edges is not None:
            boxes.append((edges, row["label"]))
    if not votes:
        raise BadFile(f"{path} holds no vote.")
    if not says_nothing:
        workers = [worker for answers in votes.values() for worker in answers]
        regulars = [name for name in dict.fromkeys(workers) if workers.count(name) >= len(votes) / 2]
        for answers in votes.values():
            for worker in regulars:
                answers.setdefault(worker, [])
    return {task: {worker: _drawn(boxes) for worker, boxes in answers.items()} for task, answers in votes.items()}


def read_box_gold(path: Path) -> dict[str, Drawn]:
    """Task -> true boxes; a row without a box says that there is none."""
    gold: dict[str, list[tuple[list[float], str]]] = {}
    for line, row in read_rows(path, ("task", "label", *EDGES)):
        if _is_sure(row, path, line):
            boxes = gold.setdefault(_named(row, "task", path, line), [])
            edges = _edges(row, path, line)
            if edges is not None:
                boxes.append((edges, row["label"]))
    return {task: _drawn(boxes) for task, boxes in gold.items()}


def read_mask_votes(path: Path) -> dict[str, tuple[list[str], NDArray[np.bool_]]]:
    """NPZ with `T|votes` bool[n, H, W] and `T|workers` for every task T."""
    arrays = _read_npz(path)
    tasks = {name.rsplit("|", 1)[0] for name in arrays if name.endswith("|votes")}
    if not tasks:
        raise BadFile(f"{path} holds no votes; expected arrays named TASK|votes and TASK|workers.")
    result = {}
    for task in sorted(tasks):
        votes, workers = arrays[f"{task}|votes"], arrays.get(f"{task}|workers")
        if votes.ndim != 3 or len(votes) == 0 or votes[0].size > MAX_PIXELS:
            raise BadFile(f"{path}: {task}|votes must be bool[n, H, W] with n > 0, its shape is {votes.shape}.")
        if workers is None or workers.shape != (len(votes),):
            raise BadFile(f"{path}: {task}|workers must name one worker for each of the {len(votes)} votes.")
        result[task] = ([str(worker) for worker in workers], votes.astype(bool))
    return result


def read_mask_gold(
    path: Path, votes: Mapping[str, tuple[list[str], NDArray[np.bool_]]]
) -> dict[str, NDArray[np.bool_]]:
    """NPZ with `T` bool[H, W] for every known task; those without votes are left out."""
    gold = {}
    for task, mask in _read_npz(path).items():
        if task not in votes:
            continue
        if mask.shape != votes[task][1].shape[1:]:
            raise BadFile(f"{path}: {task} is {mask.shape}, its votes are {votes[task][1].shape[1:]}.")
        gold[task] = mask.astype(bool)
    return gold


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with _replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    with _replacing(path) as temporary, temporary.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A name to write to that becomes `path` when all went well: a broken run leaves no half result."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or 'it is not an NPZ file'}.") from error
    except (ValueError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        raise BadFile(f"{path} is not an NPZ file of plain arrays.") from error


def _named(row: Mapping[str, str], column: str, path: Path, line: int) -> str:
    if row[column] == "":
        raise BadFile(f"{path}, line {line}: the {column} is empty.")
    return row[column]


def _is_sure(row: Mapping[str, str], path: Path, line: int) -> bool:
    text = row.get("probability", "")
    return text == "" or _number(text, "probability", path, line) >= SURE


def _edges(row: Mapping[str, str], path: Path, line: int) -> list[float] | None:
    if all(row[name] == "" for name in EDGES):
        return None
    x1, y1, x2, y2 = edges = [_number(row[name], name, path, line) for name in EDGES]
    if x2 <= x1 or y2 <= y1:
        raise BadFile(f"{path}, line {line}: a box must have x1 < x2 and y1 < y2.")
    return edges


def _number(text: str, column: str, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadFile(f"{path}, line {line}: {column} must be a number, it is {text!r}.")
    return value


def _drawn(boxes: Sequence[tuple[list[float], str]]) -> Drawn:
    edges = np.array([edges for edges, _ in boxes], dtype=np.float64).reshape(-1, 4)
    return Drawn(edges, [label for _, label in boxes])
