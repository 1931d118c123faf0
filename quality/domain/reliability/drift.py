"""A change for the worse, found while it happens: Page's cumulative sum (1954) over graded answers.

    S <- max(0, S + log p1(s) / p0(s)),     alarm at S >= 6.6

p0 is the person's mean score before the suspicion began, p1 = .42 p0; a score between 0 and 1 counts as a fractional
success. Since S last was 0 the person may have changed: sums from that answer on are kept beside the others, and on an
alarm they replace them, so that the posterior is about who answers now. Simulated (tests): accuracy .93 that falls to
guessing is noticed within 15 graded answers in at least 9 of 10, somebody steady at .8 or above is suspected in
200 answers in at most 1 of 10.
"""

from __future__ import annotations

import math
from typing import Any

from quality.domain.reliability.base import State
from quality.domain.reliability.sums import added, minus

THRESHOLD = 6.6
_FEWEST_BEFORE = 15.0  # answers that make a baseline
_PRIOR_WORTH, _PRIOR_MEAN = 3.0, 0.75
_LIMITS = (0.05, 0.97)
_LAZY = 0.42


def watched(sums: State, gain: State, watch: State, score: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """(sums, watch) after `gain`, the increments of one answer of `score`.

    `watch`: {"cusum": S, "since": sums from the answer on that made S positive, "changes": alarms so far}.
    """
    total, since = added(sums, gain), watch.get("since", {})
    changes = int(watch.get("changes", 0))
    before = minus(sums, since)
    worth = float(before.get("worth", 0.0))
    if worth < _FEWEST_BEFORE:
        return total, {"cusum": 0.0, "since": {}, "changes": changes}
    cusum = max(0.0, float(watch.get("cusum", 0.0)) + _log_ratio(before, worth, score))
    if cusum == 0.0:
        return total, {"cusum": 0.0, "since": {}, "changes": changes}
    since = added(since, gain)
    if cusum >= THRESHOLD:
        return since, {"cusum": 0.0, "since": {}, "changes": changes + 1}
    return total, {"cusum": round(cusum, 6), "since": since, "changes": changes}


def _log_ratio(before: State, worth: float, score: float) -> float:
    baseline = (float(before["score_sum"]) + _PRIOR_WORTH * _PRIOR_MEAN) / (worth + _PRIOR_WORTH)
    doubt = math.sqrt(max(baseline * (1 - baseline), 0.0) / (worth + _PRIOR_WORTH))
    usual = min(max(baseline - 0.6 * doubt, _LIMITS[0]), _LIMITS[1])  # a lucky start is not a standard to be held to
    lazy = _LAZY * usual
    return score * math.log(lazy / usual) + (1 - score) * math.log((1 - lazy) / (1 - usual))
