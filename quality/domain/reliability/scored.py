"""What the estimators of all kinds share: the expected rubric score, fading, watching for a change, strata.

An annotator's rubric scores s_1..s_n in 0-1 are fractional successes (`proportion`); the prior is what the
project's people tell of each other (`crowd`). A newcomer stands at the population mean.

A state holds sums, so that an update takes constant time. No more than `MEMORY` answers' worth is kept: from then on
each new answer pushes the old ones down evenly. A sudden change for the worse is `drift`'s business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quality.domain.reliability import drift, proportion
from quality.domain.reliability.base import Prior, Quantity, Reliability, State
from quality.domain.reliability.sums import added, scaled
from quality.domain.rubrics import RubricResult

DEFAULT_PRIOR = Prior(*proportion.DEFAULT)
MEMORY = 250.0  # answers
STRATUM_WORTH = 8.0  # answers that a person's overall score is worth inside one stratum
_KEPT_APART = frozenset({"kind", "n", "abstained", "watch", "strata", "planted"})
_DISPERSION_WORTH = 30.0  # answers that dispersion 1 is worth against the measured one


class ScoredEstimator(ABC):
    """>>> estimator = ClassEstimator()
    >>> state = estimator.update(None, RubricResult(1.0, {"truth": "cat", "said": "cat"}))
    >>> estimator.estimate(state, DEFAULT_PRIOR).mean
    0.8
    """

    kind: str

    @property
    def name(self) -> str:
        return f"bayes-{self.kind}"

    @abstractmethod
    def tally(self, details: Mapping[str, Any]) -> dict[str, Any]:
        """Increments of the kind's own sums by one graded answer."""

    @abstractmethod
    def fit_parts(self, states: Sequence[State]) -> dict[str, Any]:
        """The population's priors of the kind's own quantities."""

    @abstractmethod
    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]: ...

    def update(
        self, state: State | None, result: RubricResult, *, weight: float = 1.0, stratum: str | None = None
    ) -> dict[str, Any]:
        new = self._kept(state)
        if (kept := result.details.get("kept_planted")) is not None:
            new["planted"] = added(new.get("planted", {}), {"shown": 1, "kept": int(kept)})
        if result.score is None:
            return {**new, "abstained": new["abstained"] + 1}
        score = float(result.score)
        base = scaled({"worth": 1, "score_sum": score, "score_squares": score * score}, weight)
        gain = {**base, **scaled(self.tally(result.details), weight)}
        sums = {key: value for key, value in new.items() if key not in _KEPT_APART}
        full = sums["worth"] + weight > MEMORY
        sums = scaled(sums, (MEMORY - weight) / sums["worth"]) if full else sums
        sums, watch = drift.watched(sums, gain, new.get("watch", {}), score)
        new = {key: value for key, value in new.items() if key in _KEPT_APART} | sums
        new |= {"n": new["n"] + 1, "watch": watch}
        if stratum is not None:
            new["strata"] = added(new.get("strata", {}), {stratum: base})
        return new

    def population(self, states: Iterable[State]) -> Prior:
        people = [state for state in states if state["n"] > 0]
        if not people:
            return DEFAULT_PRIOR
        dispersion = _dispersion(people)
        shares = proportion.fit(
            [worth_of(state) / dispersion for state in people], [state["score_sum"] / dispersion for state in people]
        )
        return Prior(*proportion.moments(shares), shares, dispersion, self.fit_parts(people))

    def estimate(self, state: State | None, prior: Prior) -> Reliability:
        worth, total = (worth_of(state), float(state["score_sum"])) if state else (0.0, 0.0)
        found = _score(worth, total, prior)
        return Reliability(
            mean=found.mean, low=found.low, high=found.high, n=int(state["n"]) if state else 0, state=self._kept(state)
        )

    def stratum(self, state: State | None, stratum: str, prior: Prior) -> Quantity:
        """The expected score in one stratum; where little is known of it, the person's overall one."""
        overall = self.estimate(state, prior).mean
        sums = (state or {}).get("strata", {}).get(stratum, {"worth": 0.0, "score_sum": 0.0})
        alpha, beta = STRATUM_WORTH * overall, STRATUM_WORTH * (1 - overall)
        return _score(float(sums["worth"]), float(sums["score_sum"]), Prior(alpha, beta, dispersion=prior.dispersion))

    def _kept(self, state: State | None) -> dict[str, Any]:
        if state is None:
            return {"kind": self.kind, "n": 0, "abstained": 0, "worth": 0, "score_sum": 0.0, "score_squares": 0.0}
        # States written before evidence could fade or be weighed hold its sum as their count alone.
        older = {"worth": state["n"], "score_squares": state["score_sum"] ** 2 / max(state["n"], 1), "abstained": 0}
        return older | dict(state)


def rubber_stamping(state: State | None, everybody: Iterable[State] = ()) -> Quantity:
    """How often an annotator keeps a planted wrong proposal; details["kept_planted"] of a graded answer says it."""
    planted = [one.get("planted", {}) for one in everybody]
    crowd = [(one["shown"], one["kept"]) for one in planted if one]
    shares = proportion.fit(*zip(*crowd, strict=True)) if crowd else ()
    own = (state or {}).get("planted", {})
    return proportion.posterior(float(own.get("shown", 0)), float(own.get("kept", 0)), shares)


def worth_of(state: State) -> float:
    """How many answers' worth of evidence the sums of a state hold."""
    return float(state.get("worth", state["n"]))


def changes_of(state: State | None) -> int:
    """How often this annotator was found to have changed for the worse."""
    return int((state or {}).get("watch", {}).get("changes", 0))


def _score(worth: float, total: float, prior: Prior) -> Quantity:
    if prior.shares:
        return proportion.posterior(worth, total, prior.shares, dispersion=prior.dispersion)
    n, hits = worth / prior.dispersion, total / prior.dispersion
    return proportion.single(prior.alpha + hits, prior.beta + n - hits, n=worth)


def _dispersion(people: Sequence[State]) -> float:
    """Pooled variance of scores around their person's mean, over that of coin flips; 1 for right or wrong."""
    observed, expected = _DISPERSION_WORTH * 0.1875, _DISPERSION_WORTH * 0.1875  # .1875 = variance of a coin of .75
    for state in people:
        n = worth_of(state)
        mean = state["score_sum"] / n
        if n < 2 or "score_squares" not in state:
            continue
        observed += max(state["score_squares"] - n * mean * mean, 0.0) * n / (n - 1)
        expected += n * mean * (1 - mean)
    return float(min(max(observed / expected, 0.05), 1.0))
