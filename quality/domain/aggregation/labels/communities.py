"""Annotators come in kinds (after CommunityBCC, Venanzi et al. 2014, with learnt Dirichlets).

    pi_j[:, k] ~ sum_c p_c Dirichlet(alpha_c[:, k])
    r_jc ~ p_c prod_k DirMult(N_j[:, k] | alpha_c[:, k])          to which community j belongs
    alpha_c: Minka's fixed point on the counts of its members, pulled to the prior by c0 = 2

Careful, hasty and guessing people differ more between kinds than within; somebody with three votes borrows from their
kind instead of from a prior nobody chose for this project. Starts from three groups by apparent accuracy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from quality.domain.aggregation.labels.bcc import dirichlet_expected_log, prior_counts, variational
from quality.domain.aggregation.labels.votes import LabelVotes, Probabilities, normalised

_COMMUNITIES = 3
_PULL = 2.0
_BOUNDS = (0.02, 300.0)
OPEN_WEIGHT = 0.2


def communities(votes: LabelVotes, *, open_weight: float = OPEN_WEIGHT) -> Probabilities:
    """`open_weight`: how much a task counts whose answer is unknown, once any is known (see `bcc`)."""
    prior = _CommunityPrior(len(votes.labels))
    return variational(votes, prior, open_weight=open_weight if votes.is_gold.any() else 1.0)


class _CommunityPrior:
    """E log pi under the mixture; the communities' parameters move on with every call."""

    def __init__(self, n_labels: int) -> None:
        self.base = prior_counts(n_labels)
        self.alpha_: NDArray[np.float64] | None = None  # [C, L, K]
        self.share_ = np.full(_COMMUNITIES, 1 / _COMMUNITIES)
        self.belongs_: NDArray[np.float64] | None = None  # [W, C]

    def __call__(self, confusion: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.alpha_ is None or self.belongs_ is None:
            self.belongs_ = _by_apparent_accuracy(confusion)
            self.alpha_ = np.repeat(self.base[None], _COMMUNITIES, axis=0)
        for _ in range(2):
            for c in range(_COMMUNITIES):
                self.alpha_[c] = self._minka_step(confusion, self.alpha_[c], self.belongs_[:, c])
        log_odds = [np.log(self.share_[c]) + _log_evidence(confusion, self.alpha_[c]) for c in range(_COMMUNITIES)]
        self.belongs_ = normalised(np.stack(log_odds, axis=1))
        self.share_ = (self.belongs_.sum(axis=0) + 1) / (len(confusion) + _COMMUNITIES)
        expected = np.zeros_like(confusion)
        for c in range(_COMMUNITIES):
            expected += self.belongs_[:, c, None, None] * dirichlet_expected_log(confusion + self.alpha_[c])
        return expected

    def _minka_step(
        self, confusion: NDArray[np.float64], alpha: NDArray[np.float64], member: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Fixed-point update of Dirichlet-multinomial parameters (Minka 2000), as a MAP with `_PULL` pseudo-members."""
        weight = member[:, None, None]
        totals = confusion.sum(axis=1, keepdims=True)
        alpha_total = alpha.sum(axis=0, keepdims=True)
        numerator = ((digamma(confusion + alpha) - digamma(alpha)) * weight).sum(axis=0)
        denominator = ((digamma(totals + alpha_total) - digamma(alpha_total)) * weight).sum(axis=0)
        return np.clip((alpha * numerator + _PULL * self.base) / (denominator + _PULL), *_BOUNDS)


def _by_apparent_accuracy(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Soft start: thirds of the annotators by their smoothed agreement with the vote shares, float[W, C]."""
    n_workers = len(confusion)
    agreed = np.trace(confusion, axis1=1, axis2=2)
    accuracy = (agreed + 2) / (confusion.sum(axis=(1, 2)) + 3)
    # Rounded, so that equals are equals however their sums were added up, and ranks follow the workers' order.
    third = accuracy.round(9).argsort(kind="stable").argsort(kind="stable") * _COMMUNITIES // n_workers
    return np.eye(_COMMUNITIES)[third] * 0.8 + 0.2 / _COMMUNITIES


def _log_evidence(confusion: NDArray[np.float64], alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """log prod_k DirMult(N_j[:, k] | alpha[:, k]), float[W]."""
    cells = (gammaln(confusion + alpha) - gammaln(alpha)).sum(axis=(1, 2))
    columns = (gammaln(confusion.sum(axis=1) + alpha.sum(axis=0)) - gammaln(alpha.sum(axis=0))).sum(axis=1)
    result: NDArray[np.float64] = cells - columns
    return result
