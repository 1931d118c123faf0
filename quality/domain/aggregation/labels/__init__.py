"""Estimators of class labels from crowd votes.

    votes = LabelVotes.encode(tasks, workers, labels, gold={"t1": "cat"})
    probabilities = ESTIMATORS["pool"](votes)                 # float[T, K], rows as votes.tasks

An estimator is a file here and a line in `ESTIMATORS`; `tests/unit/quality/domain/test_label_estimators.py` holds what
all of them promise.
"""

from quality.domain.aggregation.labels.bwa import bayesian_weighted_average
from quality.domain.aggregation.labels.communities import communities
from quality.domain.aggregation.labels.ebcc import ebcc
from quality.domain.aggregation.labels.ibcc import ibcc
from quality.domain.aggregation.labels.majority import majority
from quality.domain.aggregation.labels.pool import pool
from quality.domain.aggregation.labels.votes import LabelEstimator, LabelVotes

ESTIMATORS: dict[str, LabelEstimator] = {
    "majority": majority,
    "ibcc": ibcc,
    "communities": communities,
    "ebcc": ebcc,
    "bwa": bayesian_weighted_average,
    "pool": pool,
}
DEFAULT = "pool"

__all__ = ["DEFAULT", "ESTIMATORS", "LabelEstimator", "LabelVotes"]
