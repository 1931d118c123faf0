"""Whether a truth is wrong, from how people of known reliability answered it.

    P(wrong | scores)  ~  prior  prod_j  P(s_j | wrong) / P(scores | right)
    P(scores | right)  =  (1 - h) prod_j P(s_j | m_j)  +  h prod_j P(s_j | min(m_j, 1/2))

A score s between 0 and 1 is a fractional success: P(s | m) = m^s (1-m)^(1-s) with m the person's mean score on other
gold, P(s | wrong) the same with .15, what good people score against a truth that is not one. Whoever scores no better
than that anyway says nothing. With probability h the picture is a hard one, on which everybody errs together: without
that, three chance misses on a right truth would pass for a dispute.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

PRIOR = 0.02
HARD = 0.05
SCORE_IF_WRONG, SCORE_IF_HARD, BEST = 0.15, 0.5, 0.9


def doubt(given: Iterable[tuple[float, float]]) -> float:
    """P(the truth is wrong), 0-1, from (score on this task, mean score on others) of each person, 0-1.

    >>> [round(doubt([(0.0, 0.9)] * n), 2) for n in (2, 4, 6)]
    [0.4, 0.77, 0.91]
    """
    wrong, easy, hard = math.log(PRIOR), math.log((1 - PRIOR) * (1 - HARD)), math.log((1 - PRIOR) * HARD)
    for score, mean in given:
        usual = min(max(mean, 0.01), BEST)
        wrong += _log_likelihood(score, min(usual, SCORE_IF_WRONG))
        easy += _log_likelihood(score, usual)
        hard += _log_likelihood(score, min(usual, SCORE_IF_HARD))
    right = max(easy, hard) + math.log1p(math.exp(-abs(easy - hard)))
    return 1 / (1 + math.exp(min(right - wrong, 700.0)))


def _log_likelihood(score: float, mean: float) -> float:
    return score * math.log(mean) + (1 - score) * math.log(1 - mean)
