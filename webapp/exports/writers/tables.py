"""Tables: a zip with labels.csv (one row a task), votes.csv (one row an answer), annotators.csv and a manifest.

Coordinates are pixels of the originals. Masks stand as COCO run lengths. `probabilities` is the whole posterior,
`quality` what the crowd expects of its own label (0-1), `released` whether that reaches the project's target; `crop`
[x1, y1, x2, y2] which part of the original was shown, `axis` and `slice` which slice of a volume's array.
"""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import IO, Any, BinaryIO

from quality.domain import masks
from webapp.exports.rows import Dataset, Row

LABELS = ["task", "image", "name", "group", "asked", "state", "label", "answer", "source", "probability", "uncertainty",
          "votes", "method", "version", "gold", "probabilities", "quality", "released", "crop", "axis",
          "slice"]  # fmt: skip
VOTES = ["task", "image", "name", "asked", "annotator", "label", "answer", "weight", "counted", "assisted",
         "submitted_at", "client_ms", "reliability", "low", "high", "annotation", "proposal", "edit"]  # fmt: skip
ANNOTATORS = ["annotator", "mean", "low", "high", "n_gold", "n_answers"]


def write(dataset: Dataset, rows: Iterable[Row], out: BinaryIO) -> None:
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        tempfile.TemporaryFile("w+", newline="") as kept,
    ):
        votes = csv.writer(kept)
        votes.writerow(VOTES)
        with archive.open("labels.csv", "w", force_zip64=True) as raw:
            text = io.TextIOWrapper(raw, "utf-8", newline="")
            labels = csv.writer(text)
            labels.writerow(LABELS)
            for row in rows:
                labels.writerow(_label(dataset, row))
                votes.writerows(_votes(row))
            text.flush()
        kept.seek(0)
        _copy(kept, archive, "votes.csv")
        buffer = io.StringIO(newline="")
        annotators = csv.writer(buffer)
        annotators.writerow(ANNOTATORS)
        annotators.writerows([a.annotator, a.mean, a.low, a.high, a.n_gold, a.n_answers] for a in dataset.annotators)
        archive.writestr("annotators.csv", buffer.getvalue())
        archive.writestr("manifest.json", json.dumps(dataset.header(), indent=1))


def _copy(source: IO[str], archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name, "w", force_zip64=True) as raw:
        while chunk := source.read(1 << 20):
            raw.write(chunk.encode())


def _label(dataset: Dataset, row: Row) -> list[Any]:
    label = row.answer.get("label", "") if row.answer else ""
    probability = row.probabilities.get(label, "") if label else ""
    state = (
        "ignore" if not row.is_labelled else "nothing" if row.answer and row.answer["kind"] == "nothing" else "labelled"
    )
    quality = row.quality(dataset.kind)
    released = "" if quality is None or dataset.target is None else int(quality >= dataset.target)
    where = (row.slice.axis, row.slice.index) if row.slice else ("", "")
    return [row.task, row.image, row.name, row.group, row.label or "", state, label, _payload(row), row.source,
            probability, row.uncertainty, len(row.votes), row.method, row.version, int(row.is_gold),
            json.dumps(row.probabilities) if row.probabilities else "", _or_empty(quality), released,
            json.dumps(row.placement.crop), *where]  # fmt: skip


def _votes(row: Row) -> Iterable[list[Any]]:
    for vote in row.votes:
        answered = replace(row, answer=vote.answer)
        label = vote.answer.get("label", "")
        yield [row.task, row.image, row.name, row.label or "", vote.annotator, label, _payload(answered), vote.weight,
               int(vote.counted), int(vote.assisted), vote.submitted_at, _or_empty(vote.client_ms),
               _or_empty(vote.reliability), _or_empty(vote.low), _or_empty(vote.high), vote.annotation,
               vote.proposal, _or_empty(vote.edit)]  # fmt: skip


def _or_empty(value: float | None) -> float | str:
    return "" if value is None else value


def _payload(row: Row) -> str:
    """The answer as JSON in pixels of the original; empty where nobody labelled."""
    if row.answer is None:
        return ""
    answer: Mapping[str, Any] = row.answer
    if answer["kind"] == "box":
        answer = {"kind": "box", "boxes": [[*box, key] for box, key in row.boxes()]}
    elif answer["kind"] == "mask":
        answer = {"kind": "mask", "rle": masks.encode(row.mask())}
    return json.dumps(answer, separators=(",", ":"))
