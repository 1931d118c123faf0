"""Class answers: what an annotator says for each true class.

State: {"confusion": {truth: {said: count}}}. Rows of the confusion matrix are Dirichlets; the prior is a mixture of the
crowd's communities (`communities`), so a newcomer's rows are the crowd's and a known guesser's rows are the guessers'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.reliability.base import Prior, Quantity, State
from quality.domain.reliability.communities import Communities
from quality.domain.reliability.proportion import mixed
from quality.domain.reliability.scored import ScoredEstimator

_ROUNDS = 25


@dataclass(frozen=True)
class Confusion:
    """Posterior of one annotator: `labels`, and `cells` [(truth, said)] -> P(says this | that is true)."""

    labels: list[str]
    cells: dict[tuple[str, str], Quantity]


@dataclass(frozen=True)
class _Crowd:
    labels: list[str]
    communities: Communities


class ClassEstimator(ScoredEstimator):
    kind = "class"

    def tally(self, details: Mapping[str, Any]) -> dict[str, Any]:
        return {"confusion": {details["truth"]: {details["said"]: 1}}}

    def fit_parts(self, states: Sequence[State]) -> dict[str, Any]:
        confusions = [state.get("confusion", {}) for state in states]
        labels = sorted(_labels_in(confusions))
        crowd = _Crowd(labels, Communities(len(labels)))
        counts = np.stack([_counts(confusion, labels) for confusion in confusions])
        for _ in range(_ROUNDS):
            crowd.communities.step(counts)
        return {"confusion": crowd}

    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]:
        """ "said X for Y": the confusion matrix, cell by cell."""
        return _named(self.confusion(state, prior).cells)

    def right(self, state: State | None, prior: Prior) -> dict[str, Quantity]:
        """ "said X for X": the diagonal of the confusion matrix alone, which is sooner worked out."""
        rows = _Rows.of(state, prior)
        return _named({(label, label): rows.cell(label, label) for label in rows.labels})

    def confusion(self, state: State | None, prior: Prior) -> Confusion:
        """The posterior confusion matrix, over the labels that anybody in the crowd gave or met."""
        rows = _Rows.of(state, prior)
        return Confusion(rows.labels, {(t, said): rows.cell(t, said) for t in rows.labels for said in rows.labels})


def _named(cells: Mapping[tuple[str, str], Quantity]) -> dict[str, Quantity]:
    return {f"said {said} for {truth}": cell for (truth, said), cell in cells.items()}


@dataclass(frozen=True)
class _Rows:
    """Dirichlets float[C, said, truth] of one person's rows in each community, and to which they belong, float[C]."""

    labels: list[str]
    counts: NDArray[np.float64]
    belongs: NDArray[np.float64]
    alpha: NDArray[np.float64]

    @classmethod
    def of(cls, state: State | None, prior: Prior) -> _Rows:
        own = (state or {}).get("confusion", {})
        crowd = prior.parts.get("confusion")
        labels = sorted({*(crowd.labels if crowd else ()), *_labels_in([own])})
        if crowd is None or labels != crowd.labels:
            crowd = _Crowd(labels, _widened(crowd, labels))
        counts = _counts(own, labels)
        return cls(labels, counts, crowd.communities.belongs(counts[None])[0], crowd.communities.alpha_ + counts)

    def cell(self, truth: str, said: str) -> Quantity:
        row, k = self.labels.index(said), self.labels.index(truth)
        n, here = float(self.counts[:, k].sum()), self.alpha[:, row, k]
        if len(self.labels) == 1:  # leaves nothing else to say
            return Quantity(1.0, 1.0, 1.0, n)
        return mixed(self.belongs, here, self.alpha[:, :, k].sum(axis=1) - here, n=n)


def _widened(crowd: _Crowd | None, labels: list[str]) -> Communities:
    """The crowd's communities with rows and columns for labels nobody had met when they were fitted."""
    wide = Communities(len(labels))
    if crowd is not None:
        known = np.array([labels.index(label) for label in crowd.labels])
        wide.alpha_[:, known[:, None], known] = crowd.communities.alpha_
        wide.share_ = crowd.communities.share_
    return wide


def _labels_in(confusions: Sequence[Mapping[str, Mapping[str, float]]]) -> set[str]:
    return {label for confusion in confusions for truth, row in confusion.items() for label in (truth, *row)}


def _counts(confusion: Mapping[str, Mapping[str, float]], labels: Sequence[str]) -> NDArray[np.float64]:
    index = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)))
    for truth, row in confusion.items():
        for said, count in row.items():
            counts[index[said], index[truth]] += count
    return counts
