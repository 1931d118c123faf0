"""Votes to fuse again: a zip from which `quality.aggregate` makes the labels that are in it, to the last digit.

    python -m quality.aggregate class --votes votes.csv --people people.json --out again.csv    # the same as labels.csv

votes (CSV, masks NPZ) holds the answers that count, with `weight`: in the label that the site had stored. people.json
tells how far each annotator was trusted as the export began, labels what follows from the two, gold (only with known
answers) what was known. site.csv says of each task what the site had stored, and at which version: a label may be older
than the latest change in what is known of its people, or a moderator's. Coordinates are pixels of the served pictures.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from quality.domain.aggregation.files import EDGES
from quality.domain.aggregation.known import COLUMNS, KnownPeople, label_arrays, label_rows
from quality.domain.answers import NOTHING, is_abstention, mask_of
from quality.domain.consensus import Vote as Given
from webapp.exports.rows import Dataset, Row, Vote

LEANING = ("proposal_id", "edit", "weight", "annotation", "time")
SITE = ("task", "image", "source", "answer", "probabilities", "uncertainty", "method", "version", "gold")


def write(dataset: Dataset, rows: Iterable[Row], out: BinaryIO) -> None:
    known = dataset.known or KnownPeople(dataset.kind, [key for key, _ in dataset.labels], None, {})
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryDirectory() as folder:
        write_kind = _write_masks if dataset.kind == "mask" else _write_tables
        names = write_kind(dataset, known, rows, Path(folder))
        for name in names:
            archive.write(Path(folder) / name, name)
        archive.writestr("people.json", json.dumps(known.to_json()))
        archive.writestr("manifest.json", json.dumps({**dataset.header(), "again": _command(dataset, names)}, indent=1))


def _command(dataset: Dataset, names: list[str]) -> str:
    kind, end = dataset.kind, "npz" if dataset.kind == "mask" else "csv"
    gold = f" --gold gold.{end}" if f"gold.{end}" in names else ""
    return f"python -m quality.aggregate {kind} --votes votes.{end}{gold} --people people.json --out again.{end}"


def _write_tables(dataset: Dataset, known: KnownPeople, rows: Iterable[Row], folder: Path) -> list[str]:
    columns = ("label",) if dataset.kind == "class" else ("label", *EDGES)
    names = ["votes.csv", "labels.csv", "site.csv"]
    files = {name: open(folder / name, "w", newline="", encoding="utf-8") for name in [*names, "gold.csv"]}  # noqa: SIM115
    writers = {name: csv.writer(file, lineterminator="\n") for name, file in files.items()}
    try:
        writers["votes.csv"].writerow(("task", "worker", *columns, *LEANING))
        writers["labels.csv"].writerow(COLUMNS[dataset.kind])
        writers["gold.csv"].writerow(("task", *columns))
        writers["site.csv"].writerow(SITE)
        any_gold = False
        for row in rows:
            writers["site.csv"].writerow(_site(row))
            given = _counted(row)
            gold = {row.task: row.answer} if row.is_gold and row.answer else {}
            any_gold |= bool(gold)
            for vote in given:
                said = _said(vote.answer, len(columns))
                writers["votes.csv"].writerows((row.task, _worker(vote), *one, *_leaning(vote)) for one in said)
            for answer in gold.values():
                writers["gold.csv"].writerows((row.task, *one) for one in _said(answer, len(columns)))
            if given:
                writers["labels.csv"].writerows(label_rows(known, [(row.task, _as_given(given))], gold))
    finally:
        for file in files.values():
            file.close()
    return [*names, "gold.csv"] if any_gold else names


def _write_masks(dataset: Dataset, known: KnownPeople, rows: Iterable[Row], folder: Path) -> list[str]:
    names = ["votes.npz", "labels.npz", "gold.npz"]
    any_gold = False
    archives = {name: zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) for name in names}
    with open(folder / "site.csv", "w", newline="", encoding="utf-8") as site:
        table = csv.writer(site, lineterminator="\n")
        table.writerow(SITE)
        for row in rows:
            table.writerow(_site(row))
            given, size = _counted(row), (row.placement.height, row.placement.width)
            if not given:
                continue
            gold = {row.task: mask_of(row.answer, size=size)} if row.is_gold and row.answer else {}
            any_gold |= bool(gold)
            for name, array in _vote_arrays(row.task, given, size):
                _put(archives["votes.npz"], name, array)
            for name, array in gold.items():
                _put(archives["gold.npz"], name, array)
            for name, array in label_arrays(known, [(row.task, _as_given(given), size)], gold):
                _put(archives["labels.npz"], name, array)
    for archive in archives.values():
        archive.close()
    return ["votes.npz", "labels.npz", "site.csv", *(["gold.npz"] if any_gold else [])]


def _vote_arrays(task: str, given: list[Vote], size: tuple[int, int]) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{task}|votes", np.stack([mask_of(vote.answer, size=size) for vote in given])
    yield f"{task}|workers", np.array([_worker(vote) for vote in given])
    yield f"{task}|proposals", np.array([vote.proposal for vote in given])
    yield f"{task}|edits", np.array([np.nan if vote.edit is None else vote.edit for vote in given])
    yield f"{task}|weights", np.array([vote.weight for vote in given])


def _put(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    archive.writestr(f"{name}.npy", buffer.getvalue())


def _counted(row: Row) -> list[Vote]:
    return [vote for vote in row.votes if vote.counted and not is_abstention(vote.answer)]


def _as_given(votes: Iterable[Vote]) -> list[Given]:
    return [Given(_worker(vote), vote.answer, vote.proposal or None, vote.edit) for vote in votes]


def _worker(vote: Vote) -> str:
    """Who voted; of people who left each answer is somebody of its own, as the site has it."""
    return vote.annotator or vote.annotation


def _said(answer: Any, columns: int) -> list[list[Any]]:
    """A row a label or box; "nothing" is a class of its own, or a row without a box."""
    if answer["kind"] == "box":
        return [[label, *edges] for (*edges, label) in answer["boxes"]]
    if columns > 1:
        return [[""] * columns]
    return [[NOTHING if answer["kind"] == "nothing" else answer["label"]]]


def _leaning(vote: Vote) -> list[Any]:
    return [vote.proposal, "" if vote.edit is None else vote.edit, vote.weight, vote.annotation, vote.submitted_at]


def _site(row: Row) -> list[Any]:
    answer = "" if row.answer is None else json.dumps(row.answer, separators=(",", ":"))
    return [row.task, row.image, row.source, answer, json.dumps(row.probabilities), row.uncertainty, row.method,
            row.version, int(row.is_gold)]  # fmt: skip
