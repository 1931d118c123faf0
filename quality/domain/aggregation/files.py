"""Votes, gold and results as files. Whatever is wrong with one is said in a sentence (`BadFile`)."""

from __future__ import annotations

import csv
import math
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation.boxes import Drawn
from quality.domain.masks import MAX_PIXELS

EDGES = ("x1", "y1", "x2", "y2")
_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"", "0", "false", "no"})
_FARTHEST = 1e6  # px
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


@dataclass(frozen=True)
class ClassVote:
    """A row of a file of class votes. `proposal`: the label that was prefilled, "" for none; `stratum`: "" for none."""

    task: str
    worker: str
    label: str
    proposal: str
    stratum: str


def read_class_votes(path: Path) -> list[ClassVote]:
    """One entry a vote, in the order of `time` where there is one; rows without a label are abstentions and left out.

    Of several votes of one worker on one task the last counts: somebody who changed their mind has one opinion.
    """
    rows = []
    for line, row in read_rows(path, ("task", "worker", "label")):
        task, worker = named(row, "task", path, line), named(row, "worker", path, line)
        if row["label"] != "":
            vote = ClassVote(task, worker, row["label"], _proposal(row, path, line), row.get("stratum", ""))
            rows.append((_time(row, path, line), vote))
    if not rows:
        raise BadFile(f"{path} holds no vote.")
    if len({type(time) for time, _ in rows}) > 1:
        raise BadFile(f"{path}: column time must hold numbers in every row or text in every row.")
    rows.sort(key=lambda entry: entry[0])
    last = {(vote.task, vote.worker): vote for _, vote in rows}
    return list(last.values())


def read_class_gold(path: Path) -> dict[str, str]:
    gold: dict[str, str] = {}
    for line, row in read_rows(path, ("task", "label")):
        if not _is_sure(row, path, line):
            continue
        if gold.setdefault(named(row, "task", path, line), row["label"]) != row["label"]:
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
        worker = named(row, "worker", path, line)
        boxes = votes.setdefault(named(row, "task", path, line), {}).setdefault(worker, [])
        edges = edges_of(row, path, line)
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
            boxes = gold.setdefault(named(row, "task", path, line), [])
            edges = edges_of(row, path, line)
            if edges is not None:
                boxes.append((edges, row["label"]))
    return {task: _drawn(boxes) for task, boxes in gold.items()}


def read_mask_votes(path: Path) -> dict[str, tuple[list[str], NDArray[np.bool_]]]:
    """NPZ with `T|votes` bool[n, H, W] and `T|workers` for every task T."""
    arrays = read_npz(path)
    tasks = {name.rsplit("|", 1)[0] for name in arrays if name.endswith("|votes")}
    if not tasks:
        raise BadFile(f"{path} holds no votes; expected arrays named TASK|votes and TASK|workers.")
    result = {}
    for task in sorted(tasks):
        votes, workers = arrays[f"{task}|votes"], arrays.get(f"{task}|workers")
        if votes.ndim != 3 or votes.size == 0 or votes[0].size > MAX_PIXELS:
            raise BadFile(f"{path}: {task}|votes must be bool[n, H, W] with n > 0, its shape is {votes.shape}.")
        if workers is None or workers.shape != (len(votes),):
            raise BadFile(f"{path}: {task}|workers must name one worker for each of the {len(votes)} votes.")
        result[task] = ([str(worker) for worker in workers], _binary(votes, f"{task}|votes", path))
    return result


def read_mask_gold(
    path: Path, votes: Mapping[str, tuple[list[str], NDArray[np.bool_]]]
) -> dict[str, NDArray[np.bool_]]:
    """NPZ with `T` bool[H, W] for every known task; those without votes are left out."""
    gold = {}
    for task, mask in read_npz(path).items():
        if task not in votes:
            continue
        if mask.shape != votes[task][1].shape[1:]:
            raise BadFile(f"{path}: {task} is {mask.shape}, its votes are {votes[task][1].shape[1:]}.")
        gold[task] = _binary(mask, task, path)
    return gold


def check_folder(path: Path) -> None:
    """Better to say at the start that there is nowhere to write than after the work."""
    if path.is_dir() or not path.parent.is_dir():
        raise BadFile(
            f"{path} cannot be written: {'it is a folder' if path.is_dir() else 'its folder does not exist'}."
        )


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


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or 'it is not an NPZ file'}.") from error
    except (ValueError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadFile(f"{path} is not an NPZ file of plain arrays.") from error


def _binary(array: NDArray[Any], name: str, path: Path) -> NDArray[np.bool_]:
    """True and false, or numbers that are 0 and 1 (or 255, as pictures have it)."""
    if array.dtype != bool and not (array.dtype.kind in "uif" and np.isin(array, (0, 1, 255)).all()):
        raise BadFile(f"{path}: {name} must be bool or hold 0 and 1 only, it is {array.dtype}.")
    return array.astype(bool)


def named(row: Mapping[str, str], column: str, path: Path, line: int) -> str:
    if row[column] == "":
        raise BadFile(f"{path}, line {line}: the {column} is empty.")
    return row[column]


def _time(row: Mapping[str, str], path: Path, line: int) -> float | str:
    """Seconds, or a text that sorts as time does (ISO 8601)."""
    text = row.get("time", "")
    try:
        return number(text, "time", path, line) if text else 0.0
    except BadFile:
        return text


def _proposal(row: Mapping[str, str], path: Path, line: int) -> str:
    """What was prefilled. A file may say only that somebody was assisted: then what they said is what they accepted."""
    text = row.get("assisted", "").strip().lower()
    if text not in _YES | _NO:
        raise BadFile(f"{path}, line {line}: assisted must be 0 or 1, it is {text!r}.")
    given = row.get("proposal", "")
    return given or (row["label"] if text in _YES else "")


def _is_sure(row: Mapping[str, str], path: Path, line: int) -> bool:
    text = row.get("probability", "")
    return text == "" or number(text, "probability", path, line) >= SURE


def edges_of(row: Mapping[str, str], path: Path, line: int) -> list[float] | None:
    if all(row[name] == "" for name in EDGES):
        return None
    x1, y1, x2, y2 = edges = [number(row[name], name, path, line) for name in EDGES]
    if x2 <= x1 or y2 <= y1:
        raise BadFile(f"{path}, line {line}: a box must have x1 < x2 and y1 < y2.")
    if max(map(abs, edges)) > _FARTHEST or min(x2 - x1, y2 - y1) < 1 / _FARTHEST:
        raise BadFile(f"{path}, line {line}: a box must lie within {_FARTHEST:.0e} px and have a size.")
    return edges


def number(text: str, column: str, path: Path, line: int) -> float:
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
