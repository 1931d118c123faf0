"""Copies: two people whose answers to the same pictures agree more than looking at them explains.

The detection of copied examinations (Wesolowsky 2000, "Detecting excessive similarity in answers on multiple choice
exams"): on each picture the chance of agreeing follows from what the others say of that very picture, how often each of
the two is wrong, and which classes are taken for one another; agreements beyond its sum are put against those of all
pairs. Right answers to easy pictures agree anyway, so they weigh next to nothing; the same wrong ones weigh most.

Drawings are never the same by chance: of them, how often any two people's are equal is the chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from quality.domain.fairplay.base import Floats, Ints, Signal, Table, far_above

FEWEST = 8  # pictures in common
SAME = 3  # equal answers
SMOOTHING = 4.0  # answers as the class is taken for others, that every picture starts with


def copies(table: Table) -> tuple[list[Signal], int]:
    """Signals of pairs; and how many pairs were tested."""
    first, second = pairs_of(table.task)
    keep = table.who[first] != table.who[second]
    first, second = first[keep], second[keep]
    drawn = any(answer.drawn for answer in table.answers)
    seen = (_drawings if drawn else _labels)(table, first, second)
    low, high = np.minimum(table.who[first], table.who[second]), np.maximum(table.who[first], table.who[second])
    codes, pair = np.unique(low * len(table.people) + high, return_inverse=True)
    common = np.bincount(pair, seen.counted, minlength=codes.size)
    met = np.bincount(pair, seen.same, minlength=codes.size)
    wrong = np.bincount(pair, seen.wrong, minlength=codes.size)
    expected = np.bincount(pair, seen.chance, minlength=codes.size)
    variance = np.bincount(pair, seen.chance * (1 - seen.chance), minlength=codes.size)
    tested = common >= FEWEST
    if drawn:
        p = stats.poisson.sf(met - 1, np.maximum(expected, 1e-9))
    else:
        excess = (met - expected) / np.sqrt(np.maximum(variance, 1.0))
        p = far_above(np.where(tested, excess, np.nan), np.ones(codes.size))
    signals = []
    for place in np.flatnonzero(tested & (met >= SAME)):
        one, other = (table.people[c] for c in divmod(int(codes[place]), len(table.people)))
        what = "exactly the same drawing" if drawn else "the same answer"
        sentence = (
            f"{{0}} and {{1}} gave {what} on {met[place]:.0f} of {common[place]:.0f} pictures in common, where "
            f"{expected[place]:.1f} would be expected."
        )
        if not drawn:
            sentence += f" Of the same answers {wrong[place]:.0f} were wrong."
        signals.append(Signal((one, other), sentence, float(p[place])))
    return signals, int(tested.sum())


@dataclass(frozen=True)
class _Seen:
    """Of each pair of answers: whether it counts, is the same, is the same and wrong; and the chance to be the same."""

    counted: Floats
    same: Floats
    wrong: Floats
    chance: Floats


def pairs_of(task: Ints) -> tuple[Ints, Ints]:
    """Places of all pairs of answers to one task."""
    order = np.argsort(task, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(task[order]) > 0]) if task.size else np.array([], dtype=np.int64)
    sizes = np.diff(np.r_[starts, task.size])
    ones, others = [np.array([], dtype=np.int64)], [np.array([], dtype=np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        a, b = np.triu_indices(int(size), 1)
        begin = starts[sizes == size][:, None]
        ones.append(order[(begin + a).ravel()])
        others.append(order[(begin + b).ravel()])
    return np.concatenate(ones), np.concatenate(others)


def _drawings(table: Table, first: Ints, second: Ints) -> _Seen:
    drawn = np.array([answer.drawn for answer in table.answers])
    both = (drawn[first] & drawn[second]).astype(float)
    same = (table.said[first] == table.said[second]) * both
    rate = (same.sum() + 1) / (both.sum() + 1)
    return _Seen(both, same, np.zeros(same.size), both * rate)


def _labels(table: Table, first: Ints, second: Ints) -> _Seen:
    kinds = len(table.says)
    names = {name: code for code, name in enumerate(table.says)}
    truth = np.array([names.get(answer.truth or "", -1) for answer in table.answers], dtype=np.int64)
    told = truth >= 0
    confusion = np.bincount(truth[told] * kinds + table.said[told], minlength=kinds * kinds).reshape(kinds, kinds) + 0.5
    confusion = confusion / confusion.sum(1, keepdims=True)
    wrong = told & (table.said != truth)
    missed = np.bincount(table.who[wrong], minlength=len(table.people))
    given = np.bincount(table.who[told], minlength=len(table.people))
    slack = special.logit((missed + 1) / (given + 2)) - special.logit((wrong.sum() + 1) / (told.sum() + 2))
    # What the others say of the picture, without the two.
    tasks = int(table.task.max(initial=-1)) + 1
    counts = np.bincount(table.task * kinds + table.said, minlength=tasks * kinds).reshape(tasks, kinds).astype(float)
    rows, right = np.arange(first.size), np.maximum(truth[first], 0)
    others = counts[table.task[first]]
    others[rows, table.said[first]] -= 1
    others[rows, table.said[second]] -= 1
    crowd = (others + SMOOTHING * confusion[right]) / (others.sum(1, keepdims=True) + SMOOTHING)
    doubt = np.clip(1 - crowd[rows, right], 1e-6, 1 - 1e-6)
    crowd[rows, right] = 0.0
    alike = ((crowd / doubt[:, None]) ** 2).sum(1)
    one, other = (special.expit(special.logit(doubt) + slack[table.who[place]]) for place in (first, second))
    counted = (truth[first] >= 0).astype(float)
    same = (table.said[first] == table.said[second]) * counted
    return _Seen(counted, same, same * wrong[first], counted * ((1 - one) * (1 - other) + one * other * alike))
