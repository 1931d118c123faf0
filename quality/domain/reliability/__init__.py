"""How far an annotator is to be trusted, learnt from answers to tasks whose answer is known.

    state = None
    for answer, truth in graded:
        result = RUBRICS[kind](answer, truth, size=size)
        state = estimator.update(state, result)            # O(1), JSON in, JSON out
    prior = estimator.population(states of everybody)
    estimator.estimate(state, prior)                        # Reliability(mean, low, high, n, state)

An estimator is a file here and a line in `ESTIMATORS`.
"""

from quality.domain.reliability.base import Prior, Reliability, ReliabilityEstimator
from quality.domain.reliability.beta import BetaEstimator

ESTIMATORS: dict[str, ReliabilityEstimator] = {kind: BetaEstimator(kind) for kind in ("class", "box", "mask")}

__all__ = ["ESTIMATORS", "BetaEstimator", "Prior", "Reliability", "ReliabilityEstimator"]
