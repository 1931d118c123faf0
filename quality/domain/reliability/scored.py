"""What the estimators of all kinds share: the expected rubric score, fading, watching for a change, strata.

An annotator's rubric scores s_1..s_n in 0-1 are fractional successes (`proportion`); the prior is what the
project's people tell of each other (`crowd`). A newcomer stands at the population mean.

A state holds sums, so that an update takes constant time. No more than `MEMORY` answers' worth is kept: from then on
each new answer pushes the old ones down evenly. A sudden change for the worse is `drift`'s business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.domain.reliability import drift, likeness, peers, proportion
from quality.domain.reliability.base import Prior, Quantity, Reliability, State
from quality.domain.reliability.likeness import Likeness
from quality.domain.reliability.quantities import Share
from quality.domain.reliability.sums import added, scaled
from quality.domain.rubrics import RubricResult

DEFAULT_PRIOR = Prior(*proportion.DEFAULT)
MEMORY = 250.0  # answers
# How much harder a stratum may be than the rest: for everybody, and for one person more than another.
STRATUM_GAP, STRATUM_TAU = 0.15, 0.1
_KEPT_APART = frozenset({"kind", "n", "abstained", "watch", "strata", "planted", "peers"})
_DISPERSION_WORTH = 2.0  # answers that dispersion 1 is worth against the measured one
_OWN_DISPERSION_WORTH = 30.0  # answers that the pooled dispersion is worth against a person's own
_LEAST_DISPERSION = 0.01
_INTERVAL = 3.29  # standard deviations that a 90 % interval is wide
_ANY_STRATUM = likeness.fit((), (), gap=STRATUM_GAP, tau=STRATUM_TAU)


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
        """What people have in common in the kind's own quantities."""

    @abstractmethod
    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]: ...

    def update(self, state: State | None, result: RubricResult, *, stratum: str | None = None) -> dict[str, Any]:
        new = self._kept(state)
        if (kept := result.details.get("kept_planted")) is not None:
            new["planted"] = added(new.get("planted", {}), {"shown": 1, "kept": int(kept)})
        if result.score is None:
            return {**new, "abstained": new["abstained"] + 1}
        score = float(result.score)
        base = {"worth": 1, "score_sum": score, "score_squares": score * score}
        gain = {**base, **self.tally(result.details)}
        sums = {key: value for key, value in new.items() if key not in _KEPT_APART}
        sums = scaled(sums, (MEMORY - 1) / sums["worth"]) if sums["worth"] + 1 > MEMORY else sums
        changes = changes_of(new)
        sums, watch = drift.watched(sums, gain, new.get("watch", {}), score)
        if watch["changes"] > changes:
            new.pop("peers", None)  # they speak of who somebody was
        new = {key: value for key, value in new.items() if key in _KEPT_APART} | sums
        new |= {"n": new["n"] + 1, "watch": watch}
        if stratum is not None:
            new["strata"] = added(new.get("strata", {}), {stratum: base})
        return new

    def hear(self, state: State | None, result: RubricResult) -> dict[str, Any]:
        new = self._kept(state)
        if result.score is None:
            return new
        gain = self.tally(result.details) if result.details else {}
        return {**new, "peers": peers.heard(new.get("peers"), result.score, gain, memory=MEMORY)}

    def population(self, states: Iterable[State], *, profile: bool = True) -> Prior:
        everybody = list(states)
        people = [state for state in everybody if state["n"] > 0]
        dispersion = _dispersion(people) if people else 1.0
        fitted = _score_share(dispersion).fit(everybody)
        shares = fitted.shares or (proportion.nobody() if fitted.line else ())
        if not shares:
            return DEFAULT_PRIOR
        parts = {"score": fitted, "strata": _fit_strata(people, dispersion)}
        own = self.fit_parts(everybody) if profile else {}
        return Prior(*proportion.moments(shares), shares, dispersion, parts | own)

    def estimate(self, state: State | None, prior: Prior) -> Reliability:
        fitted = prior.parts.get("score")
        worth, total = (worth_of(state), float(state["score_sum"])) if state else (0.0, 0.0)
        told = _score_share(prior.dispersion).told([state], fitted)[0] if state and fitted else None
        found = _score(worth, total, prior, _spread_of(state, prior), told)
        return Reliability(
            mean=found.mean, low=found.low, high=found.high, n=int(state["n"]) if state else 0, state=self._kept(state)
        )

    def stratum(self, state: State | None, stratum: str, prior: Prior) -> Quantity:
        """The expected score in one stratum: from its answers, and the others as far as the crowd's are like them."""
        sums = (state or {}).get("strata", {}).get(stratum, {})
        n, total = float(sums.get("worth", 0.0)), float(sums.get("score_sum", 0.0))
        dispersion = _spread_of(state, prior)
        rest = _score(*_rest(state, n, total), prior, dispersion)
        like = prior.parts.get("strata", {}).get(stratum) or _ANY_STRATUM
        mean = min(max(rest.mean - like.gap, 0.02), 0.98)
        variance = like.variance + ((rest.high - rest.low) / _INTERVAL) ** 2
        strength = max(mean * (1 - mean) / variance - 1, 0.5)
        expected = Prior(mean * strength, (1 - mean) * strength)
        return _score(n, total, expected, dispersion)

    def _kept(self, state: State | None) -> dict[str, Any]:
        if state is None:
            return {"kind": self.kind, "n": 0, "abstained": 0, "worth": 0, "score_sum": 0.0, "score_squares": 0.0}
        # States written before evidence could fade or be weighed hold its sum as their count alone.
        older = {"worth": state["n"], "score_squares": state["score_sum"] ** 2 / max(state["n"], 1), "abstained": 0}
        return older | dict(state)


def _score_share(dispersion: float) -> Share:
    """The expected score, in answers' worth by each one's own dispersion."""

    def count(state: State) -> tuple[float, float]:
        own = _own_dispersion(state, dispersion)
        return worth_of(state) / own, float(state["score_sum"]) / own

    return Share(count, heard=lambda state: state.get("peers", {}))


def rubber_stamping(state: State | None, everybody: Iterable[State] = ()) -> Quantity:
    """How often an annotator keeps a planted wrong proposal; details["kept_planted"] of a graded answer says it.

    It is one minus how often such an error is put right, which newcomers are believed to do as often as they are right
    otherwise: a few planted errors kept by chance make nobody a rubber stamp.
    """
    crowd = [_put_right(one) for one in everybody if one.get("planted")]
    shares = proportion.fit(*zip(*crowd, strict=True)) if crowd else ()
    right = proportion.posterior(*_put_right(state or {}), shares)
    return Quantity(1 - right.mean, 1 - right.high, 1 - right.low, right.n)


def _put_right(state: State) -> tuple[float, float]:
    """Planted errors shown, and how many of them were put right."""
    planted = state.get("planted", {})
    shown = float(planted.get("shown", 0))
    return shown, shown - float(planted.get("kept", 0))


def worth_of(state: State) -> float:
    """How many answers' worth of evidence the sums of a state hold."""
    return float(state.get("worth", state["n"]))


def changes_of(state: State | None) -> int:
    """How often this annotator was found to have changed for the worse."""
    return int((state or {}).get("watch", {}).get("changes", 0))


def _rest(state: State | None, n: float, total: float) -> tuple[float, float]:
    """(answers' worth, sum of scores) outside a stratum of these. Strata do not fade, so that little may be left."""
    if state is None or worth_of(state) <= n:
        return 0.0, 0.0
    worth = worth_of(state) - n
    return worth, min(max(float(state["score_sum"]) - total, 0.0), worth)


def _fit_strata(people: Sequence[State], dispersion: float) -> dict[str, Likeness]:
    """How each stratum differs from the rest, from those who met both."""
    differences: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for state in people:
        for name, sums in state.get("strata", {}).items():
            n, total = float(sums["worth"]), float(sums["score_sum"])
            rest, rest_total = _rest(state, n, total)
            if n > 0 and rest > 0:
                mean = (total + rest_total + 3) / (n + rest + 4)
                variance = dispersion * mean * (1 - mean) * (1 / n + 1 / rest)
                differences[name].append((rest_total / rest - total / n, variance))
    return {
        name: likeness.fit(*zip(*found, strict=True), gap=STRATUM_GAP, tau=STRATUM_TAU)
        for name, found in differences.items()
    }


def _score(
    worth: float, total: float, prior: Prior, dispersion: float, told: NDArray[np.float64] | None = None
) -> Quantity:
    if prior.shares:
        return proportion.posterior(worth, total, prior.shares, dispersion=dispersion, told=told)
    n, hits = worth / dispersion, total / dispersion
    return proportion.single(prior.alpha + hits, prior.beta + n - hits, n=worth)


def _spread_of(state: State | None, prior: Prior) -> float:
    return _own_dispersion(state, prior.dispersion) if state else prior.dispersion


def _dispersion(people: Sequence[State]) -> float:
    """Pooled variance of scores around their person's mean, over that of coin flips; 1 for right or wrong."""
    coin = 0.1875 * _DISPERSION_WORTH  # .1875 = variance of a coin of .75
    observed, expected = np.sum([_scatter(state) for state in people], axis=0) + coin
    return float(min(max(observed / expected, _LEAST_DISPERSION), 1.0))


def _own_dispersion(state: State, pooled: float) -> float:
    """One person's; of somebody who has hardly answered the pooled one."""
    mean = (float(state["score_sum"]) + 3) / (worth_of(state) + 4)
    pull = _OWN_DISPERSION_WORTH * mean * (1 - mean)
    observed, expected = _scatter(state)
    return float(min(max((observed + pull * pooled) / (expected + pull), _LEAST_DISPERSION), 1.0))


def _scatter(state: State) -> tuple[float, float]:
    """Sum of squares of the scores around their mean, without bias, and what coin flips would make it."""
    n = worth_of(state)
    if n < 2 or "score_squares" not in state:
        return 0.0, 0.0
    mean = float(state["score_sum"]) / n
    return max(float(state["score_squares"]) - n * mean * mean, 0.0) * n / (n - 1), n * mean * (1 - mean)
