"""Class votes: Bayes' rule with each annotator's own confusion.

    P(k | votes)  ~  prior_k  prod_j P_j(said_j | k)
    P_j(l | k) = (n_jkl + s m_jkl) / (n_jk + s),      m_jkl = a_j if l = k else (1 - a_j) / (K - 1)

n_jkl counts how often annotator j said l where k was true (gold only), a_j is their reliability, s = 4: an annotator
known little of is a one-coin annotator, one known well is their own confusion matrix (Dawid and Skene 1979; the
posterior is Toloka's and SWAP's). A vote that leans on a shared proposal counts for less (`assist`). Somebody who
guesses (a_j = 1/K) moves nothing. "Nothing here" is a class of its own.

Somebody who says dog for cats more often than for dogs is evidence for cat, but only as far as gold has shown it:

    P_j(l | k) <- P_j(l | l) + max(0, P_j(l | k) - P_j(l | l) - 2.33 sd),     where P_j(l | k) > P_j(l | l)

so a few unlucky answers take a vote's weight but never turn it round, and a habit of many answers is used.

What makes a picture hard makes it hard for all: given the truth, votes on it still go together, and n of them tell as
much as n / (1 + .15 (n - 1)) that do not (the design effect, Kish 1965; for experts, Clemen and Winkler 1985).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from quality.domain.answers import NOTHING, class_answer, class_key
from quality.domain.consensus.assist import independence
from quality.domain.consensus.base import LAZY, UNKNOWN, Fused, Vote, spoken, spread_weights
from quality.domain.reliability import Reliability

METHOD = "bayes-confusion"
_SMOOTHING = 4.0  # what a row of the one-coin matrix is worth, in answers
_SURE = 2.33  # standard deviations: the chance that a vote is turned round wrongly is one in a hundred
_BEST = 0.99  # nobody is believed more than this
_ALIKE = 0.15  # correlation of two votes on a task beyond its truth, chosen across ten sets (docs/benchmarks.md)
_PRIOR_FLOOR = 0.05  # of the class prior spread over all classes: a class not yet seen stays possible


def fuse(
    votes: Sequence[Vote],
    reliabilities: Mapping[Hashable, Reliability],
    *,
    labels: Sequence[str],
    prior: Mapping[str, float] | None = None,
    size: tuple[int, int],
    lazy: float = LAZY,
) -> Fused:
    """See `Fuser`. A voted label outside `labels` (a label since removed, say) is a class like any other."""
    indices = spoken(votes)
    said = [class_key(votes[i].answer) for i in indices]
    classes = list(dict.fromkeys([*labels, *sorted(said)]))
    log_posterior = np.log(_class_prior(classes, prior))
    weights = []
    apart = independence([votes[i] for i in indices], reliabilities, lazy=lazy)
    factors = np.asarray(apart) / (1 + _ALIKE * max(sum(apart) - 1, 0.0))
    for index, key, factor in zip(indices, said, factors, strict=True):
        likelihood = _likelihood(key, classes, reliabilities.get(votes[index].annotator, UNKNOWN))
        log_posterior += factor * np.log(likelihood)
        others = np.delete(likelihood, classes.index(key))
        weights.append(factor * np.log(likelihood[classes.index(key)] / others.mean()) if others.size else 1.0)
    posterior = np.exp(log_posterior - log_posterior.max())
    posterior /= posterior.sum()
    best = _first_best(posterior, classes)
    return Fused(
        answer=class_answer(best),
        probabilities={key: round(float(p), 6) for key, p in zip(classes, posterior, strict=True)},
        uncertainty=_expected_error(posterior),
        weights=spread_weights(len(votes), indices, weights),
        method=METHOD,
    )


def _class_prior(classes: Sequence[str], prior: Mapping[str, float] | None) -> NDArray[np.float64]:
    if not prior or sum(prior.values()) <= 0:
        return np.full(len(classes), 1 / len(classes))
    shares = np.array([max(prior.get(key, 0.0), 0.0) for key in classes]) / sum(prior.values())
    return (1 - _PRIOR_FLOOR) * shares + _PRIOR_FLOOR / len(classes)


def _likelihood(said: str, classes: Sequence[str], reliability: Reliability) -> NDArray[np.float64]:
    """P(this annotator says `said` | true class), float[K]."""
    n_classes = max(len(classes), 2)
    confusion = reliability.state.get("confusion", {})
    # A poor score alone turns no vote round: without a confusion to tell what for, it may at most lose its weight.
    accuracy = float(np.clip(reliability.mean, 1 / n_classes, _BEST))
    result, variance = np.empty(len(classes)), np.empty(len(classes))
    for i, truth in enumerate(classes):
        row = confusion.get(truth, {})
        expected = accuracy if truth == said else (1 - accuracy) / (n_classes - 1)
        worth = sum(row.values()) + _SMOOTHING
        result[i] = (row.get(said, 0) + _SMOOTHING * expected) / worth
        variance[i] = result[i] * (1 - result[i]) / (worth + 1)
    own = classes.index(said)
    excess = result - result[own]
    shown = np.maximum(excess - _SURE * np.sqrt(variance + variance[own]), 0.0)
    return np.where(excess > 0, result[own] + shown, result)


def _first_best(posterior: NDArray[np.float64], classes: Sequence[str]) -> str:
    """The most probable class; of equals a real label before "nothing", then by key, so that order never decides."""
    return min(zip(-posterior.round(9), classes, strict=True), key=lambda pair: (pair[0], pair[1] == NOTHING, pair[1]))[
        1
    ]


def _expected_error(posterior: NDArray[np.float64]) -> float:
    """1 - p_max, scaled so that a flat posterior is 1."""
    if posterior.size < 2:
        return 0.0
    return round(float((1 - posterior.max()) / (1 - 1 / posterior.size)), 6)
