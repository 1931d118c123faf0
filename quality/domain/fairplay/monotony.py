"""Always the same: one answer far oftener than others give it on the same pictures, or in runs too long for chance.

Pictures come in random order, so with a share q of one answer among n, a run of r or more has the chance

    1 - exp(-n (1 - q) q^r)        (Feller 1968; Schilling 1990)

whatever the person believes of the pictures.
"""

from __future__ import annotations

import math

import numpy as np

from quality.domain.fairplay.base import Signal, Table, far_above

FEWEST = 20
EXCESS = 0.25  # share of answers
SHORTEST_RUN = 12
SMOOTHING = 2.0  # answers of the whole crowd that every task starts with


def one_answer(table: Table) -> tuple[list[Signal], int]:
    """Signals of people who say one thing far oftener than others do of the same pictures; and how many were tested."""
    size, kinds = len(table.people), len(table.says)
    tasks = int(table.task.max(initial=-1)) + 1
    counts = np.bincount(table.task * kinds + table.said, minlength=tasks * kinds).reshape(tasks, kinds).astype(float)
    overall = counts.sum(0) / max(counts.sum(), 1.0)
    given = np.bincount(table.who, minlength=size).astype(float)
    others = counts[table.task]
    others[np.arange(others.shape[0]), table.said] -= 1
    expected = (others + SMOOTHING * overall) / (others.sum(1, keepdims=True) + SMOOTHING)
    best: dict[int, Signal] = {}
    for kind in range(kinds):
        share = np.bincount(table.who[table.said == kind], minlength=size) / np.maximum(given, 1)
        wanted = np.bincount(table.who, expected[:, kind], minlength=size) / np.maximum(given, 1)
        chance = expected[:, kind] * (1 - expected[:, kind])
        noise = np.bincount(table.who, chance, minlength=size) / np.maximum(given, 1) ** 2
        p = far_above(np.where(given >= FEWEST, share - wanted, np.nan), noise)
        for who in np.flatnonzero((given >= FEWEST) & (share - wanted >= EXCESS)).tolist():
            sentence = (
                f"{{0}} says “{table.says[kind]}” in {share[who]:.0%} of {given[who]:.0f} answers; of the same "
                f"pictures others say so in {wanted[who]:.0%}."
            )
            signal = Signal((table.people[who],), sentence, min(1.0, kinds * float(p[who])))
            if who not in best or signal.p < best[who].p:
                best[who] = signal
    return list(best.values()), int((given >= FEWEST).sum())


def long_runs(table: Table) -> tuple[list[Signal], int]:
    """Signals of people who gave the same answer many times in a row; and how many people were tested."""
    signals, tested = [], 0
    for person, places in zip(table.people, table.places(), strict=True):
        said = table.said[places]
        if said.size < FEWEST:
            continue
        tested += 1
        length, kind = longest_run(said)
        share = float((said == kind).mean())
        if length >= SHORTEST_RUN and share < 1:
            chance = chance_of_run(length, said.size, share) * len(table.says)
            sentence = (
                f"{{0}} said “{table.says[kind]}” {length} times in a row; with a share of {share:.0%} among "
                f"{said.size} answers to pictures in random order, such a run comes with a chance of {chance:.1g}."
            )
            signals.append(Signal((person,), sentence, min(1.0, chance)))
    return signals, tested


def longest_run(said: np.ndarray) -> tuple[int, int]:
    """Length and value of the longest run of one value in int[n], n >= 1; the first of equals.

    >>> longest_run(np.array([1, 2, 2, 2, 1]))
    (3, 2)
    """
    starts = np.flatnonzero(np.r_[True, said[1:] != said[:-1]])
    lengths = np.diff(np.r_[starts, said.size])
    longest = int(lengths.argmax())
    return int(lengths[longest]), int(said[starts[longest]])


def chance_of_run(length: int, n: int, share: float) -> float:
    """P(a run of `length` or more of an answer with this share among n answers in random order)."""
    return -math.expm1(-n * (1 - share) * share**length)
