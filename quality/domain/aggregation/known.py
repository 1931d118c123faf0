"""Votes fused one task at a time by people who are known beforehand: what the site does, without the site.

An export of the kind "votes" holds its votes and `people.json`: how far each annotator was trusted, how common each
class is, and the label set. From these `quality.domain.consensus` gives the site's consensus again, to the last digit;
nothing is learnt from the votes. The estimators of whole data sets beside this file learn from all tasks at once and
need not agree with it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.aggregation import files
from quality.domain.aggregation.boxes import Drawn
from quality.domain.answers import Answer, class_answer, class_key, mask_answer, mask_of
from quality.domain.consensus import LAZY, Fused, Vote, fuse
from quality.domain.masks import Mask
from quality.domain.recalibration import Recalibration, recalibrated
from quality.domain.reliability import Reliability

FORMAT = 1


@dataclass(frozen=True)
class KnownPeople:
    """`people`: by worker; whoever is not among them is unknown. `prior`: how common each class is among open tasks;
    `learnt`: what gold taught of the labels' expected quality; `lazy`: how often proposals are accepted unlooked at."""

    kind: str
    labels: Sequence[str]
    prior: Mapping[str, float] | None
    people: Mapping[Any, Reliability]
    learnt: Recalibration = field(default_factory=Recalibration)
    lazy: float = LAZY

    def fuse(self, votes: Sequence[Vote], *, size: tuple[int, int]) -> Fused | None:
        """The consensus of one task on a picture of `size` (h, w); None where nobody could tell."""
        fused = fuse(self.kind, votes, self.people, labels=self.labels, prior=self.prior, size=size, lazy=self.lazy)
        return fused and recalibrated(self.kind, fused, self.learnt)

    def to_json(self) -> dict[str, Any]:
        people = {worker: asdict(person) for worker, person in sorted(self.people.items())}
        return {
            "format": FORMAT,
            "kind": self.kind,
            "labels": list(self.labels),
            "prior": self.prior,
            "recalibration": asdict(self.learnt),
            "lazy": self.lazy,
            "people": people,
        }

    @classmethod
    def read(cls, path: Path, kind: str) -> KnownPeople:
        """Raises BadFile."""
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            people = {worker: Reliability(**person) for worker, person in given["people"].items()}
            learnt = Recalibration(**given.get("recalibration", {}))  # files from before there was one
            lazy = float(given.get("lazy", LAZY))
            labels = [str(key) for key in given["labels"]]
            known = cls(str(given["kind"]), labels, given["prior"], people, learnt, lazy)
        except OSError as error:
            raise files.BadFile(f"{path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise files.BadFile(f"{path} does not hold annotators as an export of votes has them.") from error
        if known.kind != kind:
            raise files.BadFile(f"{path} is about {known.kind} answers, not about {kind} answers.")
        return known


Asked = dict[str, tuple[list[Vote], tuple[int, int]]]  # task -> votes, (h, w); boxes and classes need no size


def read_votes(path: Path, kind: str) -> Asked:
    """Votes in the forms of `quality.aggregate`, in their order. Beside them may stand `proposal_id`, what the answer
    started from, and `edit`, how far it moved away from it (0-1); in NPZ files as T|proposals and T|edits."""
    votes = {"class": _class_votes, "box": _box_votes, "mask": _mask_votes}[kind](path)
    if not votes:
        raise files.BadFile(f"{path} holds no vote.")
    return votes


def _class_votes(path: Path) -> Asked:
    votes: dict[str, list[Vote]] = defaultdict(list)
    for line, row in files.read_rows(path, ("task", "worker", "label")):
        task, worker = files.named(row, "task", path, line), files.named(row, "worker", path, line)
        if row["label"]:
            votes[task].append(Vote(worker, class_answer(row["label"]), *_leaning(row, path, line)))
    return {task: (given, (1, 1)) for task, given in votes.items()}


def _box_votes(path: Path) -> Asked:
    drawn: dict[str, dict[str, list[list[Any]]]] = defaultdict(dict)
    leaning: dict[tuple[str, str], tuple[str | None, float | None]] = {}
    for line, row in files.read_rows(path, ("task", "worker", "label", *files.EDGES)):
        task, worker = files.named(row, "task", path, line), files.named(row, "worker", path, line)
        boxes = drawn[task].setdefault(worker, [])
        if (edges := files.edges_of(row, path, line)) is not None:
            boxes.append([*edges, row["label"]])
        leaning[task, worker] = _leaning(row, path, line)
    return {
        task: ([Vote(worker, _boxes(boxes), *leaning[task, worker]) for worker, boxes in given.items()], (1, 1))
        for task, given in drawn.items()
    }


def as_drawn(drawn: Drawn) -> dict[str, Any]:
    """The answer with its edges as they stand; `box_answer` would round them."""
    return _boxes([[*edges, label] for edges, label in zip(drawn.edges.tolist(), drawn.labels, strict=True)])


def _boxes(boxes: list[list[Any]]) -> dict[str, Any]:
    return {"kind": "box", "boxes": boxes} if boxes else {"kind": "nothing"}


def _mask_votes(path: Path) -> Asked:
    arrays, votes = files.read_npz(path), files.read_mask_votes(path)
    found: Asked = {}
    for task, (workers, masks) in votes.items():
        proposals = arrays.get(f"{task}|proposals", np.full(len(workers), ""))
        edits = arrays.get(f"{task}|edits", np.full(len(workers), np.nan))
        rows = zip(workers, masks, proposals.tolist(), edits.tolist(), strict=True)
        given = [Vote(w, mask_answer(m), p or None, None if np.isnan(e) else e) for w, m, p, e in rows]
        found[task] = (given, (masks.shape[1], masks.shape[2]))
    return found


def _leaning(row: Mapping[str, str], path: Path, line: int) -> tuple[str | None, float | None]:
    edit = row.get("edit", "")
    return row.get("proposal_id") or None, files.number(edit, "edit", path, line) if edit else None


COLUMNS = {"class": ("task", "label", "probability"), "box": ("task", "label", *files.EDGES, "probability")}


def label_rows(
    known: KnownPeople, asked: Iterable[tuple[str, Sequence[Vote]]], gold: Mapping[str, Answer]
) -> Iterator[Sequence[Any]]:
    """Class and box: rows under `COLUMNS`, in the order of the tasks; what is known comes out as it went in."""
    for task, votes in asked:
        if task in gold:
            yield from _ROWS[known.kind](task, gold[task], None)
        elif fused := known.fuse(votes, size=(1, 1)):
            yield from _ROWS[known.kind](task, fused.answer, fused)


def _class_rows(task: str, answer: Answer, fused: Fused | None) -> list[Sequence[Any]]:
    key = class_key(answer)
    return [(task, key, fused.probabilities[key] if fused else 1.0)]


def _box_rows(task: str, answer: Answer, fused: Fused | None) -> list[Sequence[Any]]:
    """A row a box; of "nothing" none."""
    boxes = answer.get("boxes", [])
    sure = [one["p"] for one in fused.probabilities["objects"]] if fused and boxes else [1.0] * len(boxes)
    return [(task, label, *edges, p) for (*edges, label), p in zip(boxes, sure, strict=True)]


_ROWS = {"class": _class_rows, "box": _box_rows}


def label_arrays(
    known: KnownPeople, asked: Iterable[tuple[str, Sequence[Vote], tuple[int, int]]], gold: Mapping[str, Mask]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Mask: T bool[h, w] and T|probability float32[h, w] of each task, in the order of the tasks."""
    for task, votes, size in asked:
        fused = None if task in gold else known.fuse(votes, size=size)
        if task in gold:
            yield task, gold[task]
            yield f"{task}|probability", gold[task].astype(np.float32)
        elif fused is not None and fused.probability_map is not None:
            yield task, mask_of(fused.answer, size=size)
            yield f"{task}|probability", fused.probability_map
