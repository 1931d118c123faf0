"""Nominal answers: Krippendorff's alpha and Fleiss' kappa."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.domain.agreement.base import NOTHING, RESAMPLES, Agreement, Vector, coefficient, even, indices


def krippendorff_alpha(tasks: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal labels (2011): 1 = perfect, 0 = as by chance, below 0 = systematic disagreement.

    `tasks` holds each task's answers, in any order; tasks with fewer than two say nothing about agreement. None where
    nothing can be said: no such task, or only one label ever used.

    >>> krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]])
    0.444...
    """
    return _of_strangers(tasks)[0]


def fleiss_kappa(tasks: Iterable[Sequence[Hashable]]) -> float | None:
    """Fleiss' kappa (1971) for nominal labels, tasks with two answers or more: 1 = perfect, 0 = by chance.

    None where nothing can be said: no task with two answers, or only one label ever used.
    """
    return _of_strangers(tasks)[1]


def _of_strangers(tasks: Iterable[Sequence[Hashable]]) -> tuple[float | None, float | None]:
    votes = [(i, (i, j), label) for i, answers in enumerate(tasks) for j, label in enumerate(answers)]
    alpha, kappa, _ = _Table.of(votes).as_it_is()
    return (None if np.isnan(alpha[0]) else float(alpha[0])), (None if np.isnan(kappa[0]) else float(kappa[0]))


def nominal_agreement(
    votes: Iterable[tuple[Hashable, Hashable, Hashable]], *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Agreement:
    """(task, person, label) of everybody, one answer a person and task. 100,000 votes take a few seconds."""
    table = _Table.of(list(votes))
    if table.n_tasks == 0:
        return Agreement(NOTHING, NOTHING, NOTHING, 0, 0, 0)
    alpha, kappa, mean = table.bootstrap(rng, resamples)
    return Agreement(
        coefficient(*alpha), coefficient(*kappa), coefficient(*mean), table.n_tasks, table.n_people, len(table.task)
    )


@dataclass(frozen=True)
class _Table:
    """Votes of tasks with two answers or more, as indices int[N]."""

    task: NDArray[np.intp]
    person: NDArray[np.intp]
    label: NDArray[np.intp]
    n_tasks: int
    n_people: int
    n_labels: int

    @classmethod
    def of(cls, votes: Sequence[tuple[Hashable, Hashable, Hashable]]) -> _Table:
        times = Counter(task for task, _, _ in votes)
        kept = [vote for vote in votes if times[vote[0]] >= 2]
        columns = [indices([vote[i] for vote in kept]) for i in range(3)]
        (task, n_tasks), (person, n_people), (label, n_labels) = columns
        return cls(task, person, label, n_tasks, n_people, n_labels)

    def as_it_is(self) -> tuple[Vector, Vector, Vector]:
        """Alpha, kappa and mean agreement, float[1] each."""
        return _coefficients(*self._sums(np.ones(self.n_people)).over(np.ones((1, self.n_tasks))))

    def bootstrap(self, rng: np.random.Generator, resamples: int) -> list[tuple[Vector, Vector, Vector]]:
        """For alpha, kappa and mean agreement in turn: (as it is, float[1]; over tasks; over people, float[R])."""
        once = self._sums(np.ones(self.n_people))
        same, tasks, people = np.ones((1, self.n_tasks)), even(self.n_tasks), even(self.n_people)
        by_task = [once.over(rng.multinomial(self.n_tasks, tasks, size=1).astype(float)) for _ in range(resamples)]
        by_person = [
            self._sums(rng.multinomial(self.n_people, people).astype(float)).over(same) for _ in range(resamples)
        ]
        drawn = (
            _coefficients(*(np.concatenate(part) for part in zip(*rows, strict=True))) for rows in (by_task, by_person)
        )
        return list(zip(self.as_it_is(), *drawn, strict=True))

    def _sums(self, weight: Vector) -> _Sums:
        """What each task adds when person p is there `weight[p]` times; pairs of one's own answers left out."""
        cells = self.task * self.n_labels + self.label
        shape = (self.n_tasks, self.n_labels)
        own = weight[self.person]
        counts = np.bincount(cells, own, shape[0] * shape[1]).reshape(shape)
        squares = np.bincount(cells, own**2, shape[0] * shape[1]).reshape(shape)
        size = counts.sum(axis=1)
        pairs = size**2 - squares.sum(axis=1)
        alike = (counts**2 - squares).sum(axis=1)
        share = np.divide(size, pairs, out=np.zeros(size.size), where=pairs > 0)  # 1 / (n - 1) for n people once each
        return _Sums(
            pairs > 0,
            np.divide(alike, pairs, out=np.zeros(size.size), where=pairs > 0),
            alike * share,
            (counts * size[:, None] - squares) * share[:, None],
        )


@dataclass(frozen=True)
class _Sums:
    """Of each task: whether there is a pair, bool[T]; share of pairs alike, float[T]; coincidences alike, float[T];
    coincidences by label, float[T, K]."""

    is_paired: NDArray[np.bool_]
    share: Vector
    alike: Vector
    by_label: Vector

    def over(self, times: Vector) -> tuple[Vector, Vector, Vector, Vector]:
        """Summed with each task counted `times` float[R, T]: paired tasks, shares, coincidences alike (float[R]), by
        label float[R, K]."""
        return times @ self.is_paired.astype(float), times @ self.share, times @ self.alike, times @ self.by_label


def _coefficients(paired: Vector, shares: Vector, alike: Vector, by_label: Vector) -> tuple[Vector, Vector, Vector]:
    """Alpha, kappa and mean agreement, float[R]; NaN where nothing can be said."""
    n = by_label.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (n * n - (by_label**2).sum(axis=-1)) / (n - 1)
        alpha = np.where(expected > 0, 1 - (n - alike) / expected, np.nan)
        mean = shares / paired
        chance = ((by_label / n[..., None]) ** 2).sum(axis=-1)
        kappa = np.where(chance < 1, (mean - chance) / (1 - chance), np.nan)
    return alpha, kappa, mean
