"""Fuse crowd votes from files, without the site.

    python -m quality.aggregate class --votes votes.csv --gold gold.csv --out labels.csv --reliability people.csv

What each kind reads and writes:

    class  votes CSV task,worker,label; gold CSV task,label; out CSV task,label,probability
    box    votes CSV task,worker,label,x1,y1,x2,y2 (a row with a worker and no box: "nothing here");
           gold and out CSV task,label,x1,y1,x2,y2, out also probability
    mask   votes NPZ T|votes bool[n,H,W] and T|workers; gold NPZ T bool[H,W];
           out NPZ T bool[H,W] and T|probability float32[H,W]

Known answers come out as they went in. Gold may have a column "probability": less sure than .9 does not count as
known. Class votes may have "time" (of several votes on one task the last counts), "proposal" (the label that was
prefilled) or "assisted" (0 or 1) so that votes that lean on one proposal count for less, and "stratum" for accuracies
by group of tasks. Further columns are read over.

Methods learn from all tasks at once. With --people (people.json of a site's export of votes) votes are fused one task
at a time by people known beforehand, as the site does it, and give its consensus again. Methods: docs/estimators.md.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from quality.domain.aggregation import files
from quality.domain.aggregation.boxes import Drawn, fuse_boxes
from quality.domain.aggregation.graded import Graded
from quality.domain.aggregation.known import COLUMNS, KnownPeople, as_drawn, label_arrays, label_rows, read_votes
from quality.domain.aggregation.labels import DEFAULT, ESTIMATORS, LabelVotes
from quality.domain.aggregation.labels.accuracy import worker_accuracy
from quality.domain.aggregation.labels.pool import pool_with_held_out
from quality.domain.aggregation.labels.proposals import proposal_weights
from quality.domain.aggregation.masks import fuse_masks
from quality.domain.answers import box_answer, class_answer, mask_answer
from quality.domain.reliability import Reliability

# Box files do not say how large the pictures are, and the box rubric does not ask.
_ANY_SIZE = (1, 1)


def main(arguments: list[str] | None = None) -> int:
    """0 = written; 2 = nothing written, one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        for path in filter(None, (options.out, options.reliability)):
            files.check_folder(path)
        if options.people:
            _fuse_as_the_site(options)
        else:
            {"class": _fuse_class, "box": _fuse_box, "mask": _fuse_mask}[options.kind](options)
    except files.BadFile as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _fuse_as_the_site(options: argparse.Namespace) -> None:
    if options.reliability:
        raise files.BadFile("--people says how far workers are trusted; --reliability has nothing to add to it.")
    known, asked = KnownPeople.read(options.people, options.kind), read_votes(options.votes, options.kind)
    if options.kind == "mask":
        gold = files.read_mask_gold(options.gold, files.read_mask_votes(options.votes)) if options.gold else {}
        arrays = label_arrays(known, ((task, votes, size) for task, (votes, size) in asked.items()), gold)
        files.write_npz(options.out, dict(arrays))
        return
    truths: dict[str, Any] = {}
    if options.gold and options.kind == "class":
        truths = {task: class_answer(label) for task, label in files.read_class_gold(options.gold).items()}
    elif options.gold:
        truths = {task: as_drawn(drawn) for task, drawn in files.read_box_gold(options.gold).items()}
    rows = label_rows(known, ((task, votes) for task, (votes, _) in asked.items()), truths)
    files.write_rows(options.out, COLUMNS[options.kind], rows)


def _fuse_class(options: argparse.Namespace) -> None:
    rows_read = files.read_class_votes(options.votes)
    gold = files.read_class_gold(options.gold) if options.gold else {}
    tasks, workers, labels = zip(*((row.task, row.worker, row.label) for row in rows_read), strict=True)
    votes = LabelVotes.encode(tasks, workers, labels, gold=gold, weights=proposal_weights(rows_read, gold))
    if options.reliability:
        pooled, held_out = pool_with_held_out(votes)
    probabilities = pooled if options.reliability and options.method == DEFAULT else ESTIMATORS[options.method](votes)
    best = probabilities.argmax(axis=1)
    rows = [
        (task, gold.get(task, votes.labels[k]), 1.0 if task in gold else round(float(row[k]), 6))
        for task, k, row in zip(votes.tasks, best.tolist(), probabilities, strict=True)
    ]
    files.write_rows(options.out, ("task", "label", "probability"), rows)
    if options.reliability:
        people = dict(zip(votes.workers, worker_accuracy(votes, pooled, held_out), strict=True))
        answers = [(row.task, row.worker, class_answer(row.label), row.stratum) for row in rows_read]
        truths = {task: class_answer(label) for task, label in gold.items()}
        graded = Graded.of("class", answers, truths, dict.fromkeys(truths, _ANY_SIZE))
        _write_reliability(options.reliability, people, Counter(workers), graded)


def _fuse_box(options: argparse.Namespace) -> None:
    votes = files.read_box_votes(options.votes)
    gold = files.read_box_gold(options.gold) if options.gold else {}
    rows = [
        (task, box.label, *(round(float(edge), 3) + 0.0 for edge in box.edges), round(box.probability, 4))
        for task, boxes in fuse_boxes(votes, gold=gold).items()
        for box in boxes
    ]
    files.write_rows(options.out, ("task", "label", *files.EDGES, "probability"), rows)
    if options.reliability:
        answers = [
            (task, worker, _as_answer(drawn), "")
            for task in sorted(votes)
            for worker, drawn in sorted(votes[task].items())
        ]
        truths = {task: _as_answer(drawn) for task, drawn in gold.items()}
        graded = Graded.of("box", answers, truths, dict.fromkeys(truths, _ANY_SIZE)).beside_peers(
            ({worker: _as_answer(drawn) for worker, drawn in votes[task].items()}, _ANY_SIZE)
            for task in sorted(votes)
            if task not in gold
        )
        _write_reliability(options.reliability, graded.people(), _count(votes.values()), graded)


def _fuse_mask(options: argparse.Namespace) -> None:
    votes = files.read_mask_votes(options.votes)
    gold = files.read_mask_gold(options.gold, votes) if options.gold else {}
    arrays: dict[str, Any] = {}
    for task, fused in fuse_masks(votes, gold=gold).items():
        arrays |= {task: fused.mask, f"{task}|probability": fused.probability}
    files.write_npz(options.out, arrays)
    if options.reliability:
        answers = (
            (task, worker, mask_answer(np.asarray(mask)), "")
            for task, (workers, masks) in sorted(votes.items())
            for worker, mask in zip(workers, masks, strict=True)
        )
        truths = {task: mask_answer(mask) for task, mask in gold.items()}
        sizes = {task: (mask.shape[0], mask.shape[1]) for task, mask in gold.items()}
        graded = Graded.of("mask", answers, truths, sizes).beside_peers(
            ({w: mask_answer(np.asarray(mask)) for w, mask in zip(workers, masks, strict=True)}, masks.shape[1:])
            for task, (workers, masks) in sorted(votes.items())
            if task not in gold
        )
        counts = _count(workers for workers, _ in votes.values())
        _write_reliability(options.reliability, graded.people(), counts, graded)


def _as_answer(drawn: Drawn) -> dict[str, Any]:
    return box_answer(drawn.edges, drawn.labels)


def _count(workers_of_tasks: Iterable[Iterable[str]]) -> Counter[str]:
    return Counter(worker for workers in workers_of_tasks for worker in workers)


def _write_reliability(
    path: Path, people: Mapping[str, Reliability], n_votes: Mapping[str, int], graded: Graded
) -> None:
    """One row a worker: mean and 90 % interval, counts, changes for the worse, then what gold tells in particular."""
    profiles = {worker: graded.profile(worker) for worker in people}
    names = list(dict.fromkeys(name for profile in profiles.values() for name in profile))
    rows = []
    for worker, r in sorted(people.items()):
        known = [profiles[worker].get(name) for name in names]
        told = (round(x, 4) for q in known for x in ((q.mean, q.low, q.high) if q else (math.nan,) * 3))
        own = (round(r.mean, 4), round(r.low, 4), round(r.high, 4), r.n, n_votes[worker])
        rows.append((worker, *own, graded.changes(worker), *told))
    columns = [part for name in names for part in (name, f"{name} low", f"{name} high")]
    files.write_rows(path, ("worker", "mean", "low", "high", "n_gold", "n_votes", "changes", *columns), rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m quality.aggregate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=("class", "box", "mask"), help="the kind of question that was asked")
    parser.add_argument("--votes", type=Path, required=True, help="who answered what")
    parser.add_argument("--gold", type=Path, help="known answers to some of the tasks")
    parser.add_argument("--out", type=Path, required=True, help="the fused answers")
    parser.add_argument("--reliability", type=Path, help="also write a CSV of workers: mean, 90 %% interval, counts")
    parser.add_argument("--people", type=Path, help="workers as an export of votes has them; nothing is learnt then")
    parser.add_argument("--method", choices=sorted(ESTIMATORS), default=DEFAULT, help="class only (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
