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

from quality.domain.reliability import proportion
from quality.domain.reliability.base import Prior, Quantity, State
from quality.domain.reliability.communities import Communities
from quality.domain.reliability.proportion import mixed
from quality.domain.reliability.quantities import Fitted, Share
from quality.domain.reliability.scored import ScoredEstimator

_ROUNDS = 25
_LINES = 12  # labels; rarer ones are met too seldom to learn what the peers say of them


@dataclass(frozen=True)
class Confusion:
    """Posterior of one annotator: `labels`, and `cells` [(truth, said)] -> P(says this | that is true)."""

    labels: list[str]
    cells: dict[tuple[str, str], Quantity]


@dataclass(frozen=True)
class _Crowd:
    """`rows`: what the others' consensus says of how often a label is given where it is true, for the labels that are
    met most."""

    labels: list[str]
    communities: Communities
    rows: Mapping[str, Fitted]


class ClassEstimator(ScoredEstimator):
    kind = "class"

    def tally(self, details: Mapping[str, Any]) -> dict[str, Any]:
        return {"confusion": {details["truth"]: {details["said"]: 1}}}

    def fit_parts(self, states: Sequence[State]) -> dict[str, Any]:
        labels = sorted(_labels_in([_confusion(one) for state in states for one in (state, _peers(state))]))
        heard = sum(_counts(_confusion(_peers(state)), labels) for state in states)
        met = np.asarray(heard).sum(axis=0)
        most = [labels[k] for k in np.argsort(-met, kind="stable")[:_LINES] if met[k] > 0] if labels else []
        rows = {label: _right(label).fit(states) for label in most}
        crowd = _Crowd(labels, Communities(len(labels)), rows)
        counts = _counted(states, labels, rows)
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
    """Dirichlets `alpha` float[C, said, truth] of one person's rows in each community, to which they belong, float[C],
    and `counts` of their answers to gold, float[said, truth]."""

    labels: list[str]
    counts: NDArray[np.float64]
    belongs: NDArray[np.float64]
    alpha: NDArray[np.float64]

    @classmethod
    def of(cls, state: State | None, prior: Prior) -> _Rows:
        known: State = state or {}
        crowd = prior.parts.get("confusion")
        labels = sorted({*(crowd.labels if crowd else ()), *_labels_in([_confusion(known), _confusion(_peers(known))])})
        if crowd is None or labels != crowd.labels:
            crowd = _Crowd(labels, _widened(crowd, labels), crowd.rows if crowd else {})
        counts = _counted([known], labels, crowd.rows)
        own = _counts(_confusion(known), labels)
        return cls(labels, own, crowd.communities.belongs(counts)[0], crowd.communities.alpha_ + counts[0])

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


def _right(label: str) -> Share:
    """How often it is said where it is true."""

    def count(sums: State) -> tuple[float, float]:
        row = _confusion(sums).get(label, {})
        return float(sum(row.values())), float(row.get(label, 0))

    return Share(count)


def _counted(states: Sequence[State], labels: Sequence[str], rows: Mapping[str, Fitted]) -> NDArray[np.float64]:
    """How often each person says what where what is true, float[J, said, truth]: answers to gold, and those that would
    tell as much as the peers do. Of the latter the wrong ones are spread as their author differs from the others."""
    counts = np.stack([_counts(_confusion(state), labels) for state in states])
    for label, fitted in rows.items():
        k, share = labels.index(label), _right(label)
        worth = proportion.worth_of(share.told(states, fitted))
        apart = np.stack([_counts(_confusion(_peers(state)), labels)[:, k] for state in states]) + 1.0
        apart[:, k] = 0.0
        counts[:, k, k] += worth[:, 1]
        if len(labels) > 1:
            counts[:, :, k] += (worth[:, 0] - worth[:, 1])[:, None] * apart / apart.sum(axis=1, keepdims=True)
    return counts


def _confusion(sums: State) -> Mapping[str, Mapping[str, float]]:
    found: Mapping[str, Mapping[str, float]] = sums.get("confusion", {})
    return found


def _peers(state: State) -> State:
    found: State = state.get("peers", {})
    return found


def _labels_in(confusions: Sequence[Mapping[str, Mapping[str, float]]]) -> set[str]:
    return {label for confusion in confusions for truth, row in confusion.items() for label in (truth, *row)}


def _counts(confusion: Mapping[str, Mapping[str, float]], labels: Sequence[str]) -> NDArray[np.float64]:
    index = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)))
    for truth, row in confusion.items():
        for said, count in row.items():
            counts[index[said], index[truth]] += count
    return counts
