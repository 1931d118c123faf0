"""Beta-smoothed score with a population prior.

An annotator's rubric scores s_1..s_n in 0-1 are treated as fractional successes of a Beta-Bernoulli model,

    posterior = Beta(alpha + sum(s), beta + n - sum(s)),

with (alpha, beta) fitted to the population by the method of moments (empirical Bayes, as for the beta-binomial in
Kleinman 1973). Scores between 0 and 1 vary less than coin flips of the same mean, so for boxes and masks the interval
errs on the wide side. A newcomer stands at the population mean; every graded answer moves them by 1 / (alpha + beta +
n). The state also keeps what fusion needs: confusion counts (class), detection (box), overlap (mask).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from quality.domain.reliability.base import Prior, Reliability
from quality.domain.reliability.tallies import TALLIES
from quality.domain.rubrics import RubricResult
from quality.domain.stats import beta_interval

# Before a population is known: volunteers are right three times out of four, give or take .2.
DEFAULT_PRIOR = Prior(alpha=3.0, beta=1.0)
_PRIOR_ANNOTATORS = 4.0  # how many annotators the default is worth against the population's own moments
# At most ten answers: a crowd is a mixture, and whoever guesses among many good people must not be carried by them.
_STRENGTH = (2.0, 10.0)


class BetaEstimator:
    """>>> estimator = BetaEstimator("class")
    >>> state = estimator.update(None, RubricResult(1.0, {"truth": "cat", "said": "cat"}))
    >>> estimator.estimate(state, DEFAULT_PRIOR).mean
    0.8
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"beta-{kind}"

    def update(self, state: Mapping[str, Any] | None, result: RubricResult) -> dict[str, Any]:
        new = self._kept(state)
        if result.score is None:
            return {**new, "abstained": new["abstained"] + 1}
        new |= {"n": new["n"] + 1, "score_sum": new["score_sum"] + result.score}
        return new | TALLIES[self.kind](new, result.details)

    def population(self, states: Iterable[Mapping[str, Any]]) -> Prior:
        """Moments over annotators with graded answers; few annotators are pulled towards `DEFAULT_PRIOR`.

        The spread of observed means is the spread between people plus each one's sampling noise m(1-m)/n; what is left
        after taking the noise off sets the prior's strength alpha + beta = m(1-m)/variance - 1.
        """
        counts = np.array([[state["n"], state["score_sum"]] for state in states if state["n"] > 0], dtype=float)
        if counts.size == 0:
            return DEFAULT_PRIOR
        n, mean_of = counts[:, 0], counts[:, 1] / counts[:, 0]
        # A person counts by their answers, but nobody for more than about ten: it is people that are being sampled.
        weight = n / (n + 10)
        share = weight.sum() / (weight.sum() + _PRIOR_ANNOTATORS)
        mean = share * np.average(mean_of, weights=weight) + (1 - share) * DEFAULT_PRIOR.mean
        mean = float(np.clip(mean, 0.02, 0.98))
        noise = mean * (1 - mean)
        spread = np.average((mean_of - np.average(mean_of, weights=weight)) ** 2, weights=weight)
        between = max(float(spread - noise * np.average(1 / n, weights=weight)), 0.0)
        default_between = noise / (DEFAULT_PRIOR.alpha + DEFAULT_PRIOR.beta + 1)
        between = share * between + (1 - share) * default_between
        strength = float(np.clip(noise / max(between, 1e-6) - 1, *_STRENGTH))
        return Prior(alpha=mean * strength, beta=(1 - mean) * strength)

    def estimate(self, state: Mapping[str, Any] | None, prior: Prior) -> Reliability:
        n = int(state["n"]) if state else 0
        total = float(state["score_sum"]) if state else 0.0
        alpha, beta = prior.alpha + total, prior.beta + n - total
        low, high = beta_interval(alpha, beta)
        return Reliability(mean=alpha / (alpha + beta), low=low, high=high, n=n, state=self._kept(state))

    def _kept(self, state: Mapping[str, Any] | None) -> dict[str, Any]:
        return dict(state) if state else {"kind": self.kind, "n": 0, "score_sum": 0.0, "abstained": 0}
