from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Probabilities = NDArray[np.float64]  # [T, K], rows add up to 1
UNKNOWN = -1

_MOST_ROUNDS, _FEWEST_ROUNDS, _VOTES_TIMES_ROUNDS = 80, 15, 2_000_000


@dataclass(frozen=True)
class LabelVotes:
    """N votes on T tasks by W workers with K labels (those that were voted for), everything in sorted order.

    `task`, `worker`, `label`: int[N] indices; `gold`: int[T], the known label or UNKNOWN; `weight`: float[N] in (0, 1],
    what a vote counts for beside the others (less than 1 where it leans on a proposal that others accepted too).
    """

    tasks: list[str]
    workers: list[str]
    labels: list[str]
    task: NDArray[np.intp]
    worker: NDArray[np.intp]
    label: NDArray[np.intp]
    gold: NDArray[np.intp]
    weight: NDArray[np.float64]

    @classmethod
    def encode(
        cls,
        tasks: Sequence[str],
        workers: Sequence[str],
        labels: Sequence[str],
        *,
        gold: Mapping[str, str] | None = None,
        weights: Sequence[float] | None = None,
    ) -> LabelVotes:
        """Three columns of equal length, one row a vote. A known label that nobody voted for teaches nothing here: no
        estimator can find it among the votes, and it is left out."""
        if len(tasks) == 0:
            raise ValueError("There is no vote to fuse.")
        (task_names, task), (worker_names, worker), (label_names, label) = map(_indexed, (tasks, workers, labels))
        index = {name: i for i, name in enumerate(label_names)}
        known = [index.get((gold or {}).get(name, ""), UNKNOWN) for name in task_names]
        # Votes in one order whatever order they came in: sums of floats then never depend on it.
        order = np.lexsort((label, worker, task))
        weight = np.ones(order.size) if weights is None else np.asarray(weights, dtype=np.float64)[order]
        return cls(
            task_names,
            worker_names,
            label_names,
            task[order],
            worker[order],
            label[order],
            np.array(known, dtype=np.intp),
            weight,
        )

    @property
    def is_gold(self) -> NDArray[np.bool_]:
        return self.gold != UNKNOWN

    @property
    def prevailing(self) -> NDArray[np.bool_]:
        """Which tasks tell how common each class is: the open ones, unless all are known."""
        return np.ones(len(self.tasks), dtype=bool) if self.is_gold.all() else ~self.is_gold

    @property
    def rounds(self) -> int:
        """How often an iterative estimator goes round at most. With many votes the first rounds settle nearly all: at
        100,000 votes fifteen rounds differ from eighty in two labels of a thousand."""
        return int(np.clip(_VOTES_TIMES_ROUNDS / self.task.size, _FEWEST_ROUNDS, _MOST_ROUNDS))

    def with_gold(self, gold: NDArray[np.intp]) -> LabelVotes:
        return replace(self, gold=gold)

    def counts(self) -> NDArray[np.float64]:
        """How many voted for what, by weight, float[T, K]."""
        table = np.zeros((len(self.tasks), len(self.labels)))
        np.add.at(table, (self.task, self.label), self.weight)
        return table

    def incidence(self) -> sparse.csr_matrix:
        """Who said what, sparse [T, W*K]."""
        columns = self.worker * len(self.labels) + self.label
        shape = (len(self.tasks), len(self.workers) * len(self.labels))
        return sparse.csr_matrix((self.weight, (self.task, columns)), shape=shape)

    def clamped(self, probabilities: Probabilities) -> Probabilities:
        """`probabilities` with the rows of gold tasks set to what is known."""
        result = probabilities.copy()
        result[self.is_gold] = np.eye(len(self.labels))[self.gold[self.is_gold]]
        return result


def _indexed(names: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """The different names in order, and where each entry stands among them."""
    different = sorted(set(names))
    index = {name: i for i, name in enumerate(different)}
    return different, np.fromiter((index[name] for name in names), dtype=np.intp, count=len(names))


class LabelEstimator(Protocol):
    def __call__(self, votes: LabelVotes) -> Probabilities:
        """P(label) of every task, float[T, K]; rows of gold tasks are what is known. Deterministic."""
        ...


def normalised(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp of `float[n, K]`, each row scaled to 1."""
    weights: NDArray[np.float64] = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
