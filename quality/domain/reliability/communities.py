"""Annotators come in kinds: a mixture of Dirichlets over confusion matrices (after Venanzi et al. 2014).

    pi_j[:, k] ~ sum_c p_c Dirichlet(alpha_c[:, k])
    r_jc ~ p_c prod_k DirMult(N_j[:, k] | alpha_c[:, k])          to which community j belongs
    alpha_c: Minka's fixed point on the counts of its members, pulled to the prior by c0 = 2

Careful, hasty and guessing people differ more between kinds than within; somebody with three votes borrows from their
kind instead of from a prior nobody chose for this project. Starts from three groups by apparent accuracy.

Counts are `float[W, L, K]`: how often annotator w said l where k is (believed) true. Of many labels nobody says more
than a few, and what was never said adds nothing to any sum here: such rows are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import digamma, gammaln

from quality.domain.reliability.crowd import softmax

Array = NDArray[np.float64]

DIAGONAL, OFF_DIAGONAL = 4.0, 1.0  # prior votes: an annotator is more likely right than not
_COMMUNITIES = 3
_PULL = 2.0
_BOUNDS = (0.02, 300.0)


def prior_counts(n_labels: int) -> Array:
    """Dirichlet parameters float[L, K] of somebody nobody knows."""
    return OFF_DIAGONAL + (DIAGONAL - OFF_DIAGONAL) * np.eye(n_labels)


@dataclass(frozen=True)
class Said:
    """Counts without what was never said: `rows` float[R, K] of annotators `worker` and labels `label`, int[R], and how
    often each annotator met each truth, `totals` float[W, K]."""

    worker: NDArray[np.intp]
    label: NDArray[np.intp]
    rows: Array
    totals: Array

    @classmethod
    def of(cls, counts: Array) -> Said:
        worker, label = np.nonzero(counts.any(axis=2))
        return cls(worker, label, counts[worker, label], counts.sum(axis=1))


def expected_log(counts: Array, prior: Array) -> Array:
    """E log pi for Dirichlets of `counts` float[W, L, K] beside `prior` float[L, K], along the said label L."""
    said = Said.of(counts)
    result: Array = np.broadcast_to(digamma(prior), counts.shape).copy()
    result[said.worker, said.label] = digamma(said.rows + prior[said.label])
    result -= digamma(said.totals + prior.sum(axis=0))[:, None]
    return result


class Communities:
    """Fitted values: `alpha_` float[C, L, K], `share_` float[C]; `step` moves them on."""

    def __init__(self, n_labels: int) -> None:
        self.base = prior_counts(n_labels)
        self.alpha_ = np.repeat(self.base[None], _COMMUNITIES, axis=0)
        self.share_ = np.full(_COMMUNITIES, 1 / _COMMUNITIES)
        self._belongs: Array | None = None

    def step(self, counts: Array) -> Array:
        """One round of the fit to `counts`; returns to which communities their people belong, float[W, C]."""
        belongs = _by_apparent_accuracy(counts) if self._belongs is None else self._belongs
        said = Said.of(counts)
        for _ in range(2):
            for c in range(_COMMUNITIES):
                self.alpha_[c] = self._minka_step(said, self.alpha_[c], belongs[:, c])
        self._belongs = self._membership(said)
        self.share_ = (self._belongs.sum(axis=0) + 1) / (len(counts) + _COMMUNITIES)
        return self._belongs

    def belongs(self, counts: Array) -> Array:
        return self._membership(Said.of(counts))

    def _membership(self, said: Said) -> Array:
        evidence = [_log_evidence(said, alpha) for alpha in self.alpha_]
        return softmax(np.stack(evidence, axis=1) + np.log(np.maximum(self.share_, 1e-300)))

    def _minka_step(self, said: Said, alpha: Array, member: Array) -> Array:
        """Fixed-point update of Dirichlet-multinomial parameters (Minka 2000), as a MAP with `_PULL` pseudo-members."""
        alpha_total = alpha.sum(axis=0)
        gain = digamma(said.rows + alpha[said.label]) - digamma(alpha)[said.label]
        members = csr_array((member[said.worker], (said.label, np.arange(len(gain)))), shape=(len(alpha), len(gain)))
        denominator = member @ (digamma(said.totals + alpha_total) - digamma(alpha_total))
        result: Array = (alpha * (members @ gain) + _PULL * self.base) / (denominator + _PULL)
        return np.clip(result, *_BOUNDS)


def _by_apparent_accuracy(counts: Array) -> Array:
    """Soft start: thirds of the annotators by their smoothed agreement with the vote shares, float[W, C]."""
    n_workers = len(counts)
    agreed = np.trace(counts, axis1=1, axis2=2)
    accuracy = (agreed + 2) / (counts.sum(axis=(1, 2)) + 3)
    # Rounded, so that equals are equals however their sums were added up, and ranks follow the workers' order.
    third = accuracy.round(9).argsort(kind="stable").argsort(kind="stable") * _COMMUNITIES // n_workers
    return np.eye(_COMMUNITIES)[third] * 0.8 + 0.2 / _COMMUNITIES


def _log_evidence(said: Said, alpha: Array) -> Array:
    """log prod_k DirMult(N_j[:, k] | alpha[:, k]), float[W]."""
    gain = (gammaln(said.rows + alpha[said.label]) - gammaln(alpha)[said.label]).sum(axis=1)
    cells = np.bincount(said.worker, gain, len(said.totals))
    alpha_total = alpha.sum(axis=0)
    columns = (gammaln(said.totals + alpha_total) - gammaln(alpha_total)).sum(axis=1)
    result: Array = cells - columns
    return result
