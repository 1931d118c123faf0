"""How far an annotator is to be trusted, learnt from answers to tasks whose answer is known.

    state = None
    for answer, truth in graded:
        result = RUBRICS[kind](answer, truth, size=size)
        state = estimator.update(state, result)            # O(1), JSON in, JSON out
    prior = estimator.population(states of everybody)      # the full fit
    estimator.estimate(state, prior)                        # Reliability(mean, low, high, n, state)
    estimator.profile(state, prior)["detection"]            # Quantity(mean, low, high, n), per kind

An estimator is a file here and a line in `ESTIMATORS`.
"""

from quality.domain.reliability.base import Prior, Quantity, Reliability, ReliabilityEstimator
from quality.domain.reliability.box import BoxEstimator
from quality.domain.reliability.class_ import ClassEstimator
from quality.domain.reliability.mask import MaskEstimator

ESTIMATORS: dict[str, ReliabilityEstimator] = {
    "class": ClassEstimator(),
    "box": BoxEstimator(),
    "mask": MaskEstimator(),
}

__all__ = [
    "ESTIMATORS",
    "BoxEstimator",
    "ClassEstimator",
    "MaskEstimator",
    "Prior",
    "Quantity",
    "Reliability",
    "ReliabilityEstimator",
]
