from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import logsumexp

Probabilities = NDArray[np.float64]  # [T, K], rows add up to 1
UNKNOWN = -1


@dataclass(frozen=True)
class LabelVotes:
    """N votes on T tasks by W workers with K labels (those that were voted for), everything in sorted order.

    `task`, `worker`, `label`: int[N] indices; `gold`: int[T], the known label or UNKNOWN.
    """

    tasks: list[str]
    workers: list[str]
    labels: list[str]
    task: NDArray[np.intp]
    worker: NDArray[np.intp]
    label: NDArray[np.intp]
    gold: NDArray[np.intp]

    @classmethod
    def encode(
        cls,
        tasks: Sequence[str],
        workers: Sequence[str],
        labels: Sequence[str],
        *,
        gold: Mapping[str, str] | None = None,
    ) -> LabelVotes:
        """Three columns of equal length, one row a vote. A known label that nobody voted for teaches nothing here: no
        estimator can find it among the votes, and it is left out."""
        if len(tasks) == 0:
            raise ValueError("There is no vote to fuse.")
        task_names, task = np.unique(np.asarray(tasks, dtype=str), return_inverse=True)
        worker_names, worker = np.unique(np.asarray(workers, dtype=str), return_inverse=True)
        label_names, label = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        index = {name: i for i, name in enumerate(label_names.tolist())}
        known = [index.get((gold or {}).get(name, ""), UNKNOWN) for name in task_names.tolist()]
        # Votes in one order whatever order they came in: sums of floats then never depend on it.
        order = np.lexsort((label, worker, task))
        return cls(
            task_names.tolist(),
            worker_names.tolist(),
            label_names.tolist(),
            task[order],
            worker[order],
            label[order],
            np.array(known, dtype=np.intp),
        )

    @property
    def is_gold(self) -> NDArray[np.bool_]:
        return self.gold != UNKNOWN

    def with_gold(self, gold: NDArray[np.intp]) -> LabelVotes:
        return replace(self, gold=gold)

    def counts(self) -> NDArray[np.float64]:
        """How many voted for what, float[T, K]."""
        table = np.zeros((len(self.tasks), len(self.labels)))
        np.add.at(table, (self.task, self.label), 1)
        return table

    def incidence(self) -> sparse.csr_matrix:
        """Who said what, sparse [T, W*K]."""
        columns = self.worker * len(self.labels) + self.label
        shape = (len(self.tasks), len(self.workers) * len(self.labels))
        return sparse.csr_matrix((np.ones(columns.size), (self.task, columns)), shape=shape)

    def clamped(self, probabilities: Probabilities) -> Probabilities:
        """`probabilities` with the rows of gold tasks set to what is known."""
        result = probabilities.copy()
        result[self.is_gold] = np.eye(len(self.labels))[self.gold[self.is_gold]]
        return result


class LabelEstimator(Protocol):
    def __call__(self, votes: LabelVotes) -> Probabilities:
        """P(label) of every task, float[T, K]; rows of gold tasks are what is known. Deterministic."""
        ...


def normalised(log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp of `float[n, K]`, each row scaled to 1."""
    result: NDArray[np.float64] = np.exp(log_weights - logsumexp(log_weights, axis=1, keepdims=True))
    return result
