"""Box answers: who overlooks, who invents, who draws wide.

State: {"matched", "missed", "spurious": counts; "pictures": count; "iou_sum"; "labels": {truth: {said: count}};
"drawn": {"x" | "y" | "width" | "height": {"n", "sum", "squares"}}; "clumps": {"pictures", "found2", "both", "true2"},
sums over pictures with an object of 1, f^2, f n and n^2 where f of n were found}. A deviation is drawn minus true: of
the centre in true box sizes, of the size as log ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from quality.domain.reliability import location
from quality.domain.reliability.base import Prior, Quantity, State
from quality.domain.reliability.location import Normal
from quality.domain.reliability.quantities import Place, Rate, Share
from quality.domain.reliability.scored import ScoredEstimator

AXES = ("x", "y", "width", "height")
_CLUMPING_WORTH = 2.0  # what clumping 1 is worth, in the variance of a count
_DEFAULT = Normal(mean=0.0, between=0.01, within=0.02)


class BoxEstimator(ScoredEstimator):
    kind = "box"

    def tally(self, details: Mapping[str, Any]) -> dict[str, Any]:
        counts = {key: details[key] for key in ("matched", "missed", "spurious")}
        gain = {**counts, "pictures": 1, "iou_sum": sum(iou for _, _, iou in details["pairs"])}
        found, true = details["matched"], details["matched"] + details["missed"]
        if true:
            gain["clumps"] = {"pictures": 1, "found2": found**2, "both": found * true, "true2": true**2}
        deviations = details.get("deviations", [])
        if deviations:
            columns = zip(AXES, zip(*deviations, strict=True), strict=True)
            gain["drawn"] = {axis: location.sums_of(values) for axis, values in columns}
        for truth, said in details.get("labels", []):
            row = gain.setdefault("labels", {}).setdefault(truth, {})
            row[said] = row.get(said, 0) + 1
        return gain

    def fit_parts(self, states: Sequence[State]) -> dict[str, Any]:
        return {
            "detection": _DETECTION.fit(states, dispersion=_clumping(states)),
            "spurious": _SPURIOUS.fit(states),
            "right label": _RIGHT_LABEL.fit(states),
            **{axis: place.fit(states) for axis, place in _DRAWN.items()},
        }

    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]:
        """ "detection": share of the objects found; "spurious": boxes a picture where there is nothing; "right label":
        share of right labels among found objects; "offset" and "spread" of "x", "y" (box sizes), "width", "height"
        (log ratio)."""
        known: State = state or {}
        quantities = {
            "detection": _DETECTION.posterior(known, prior.parts.get("detection")),
            "spurious": _SPURIOUS.posterior(known, prior.parts.get("spurious")),
            "right label": _RIGHT_LABEL.posterior(known, prior.parts.get("right label")),
        }
        for axis, place in _DRAWN.items():
            quantities[f"offset {axis}"], quantities[f"spread {axis}"] = place.posterior(known, prior.parts.get(axis))
        return quantities


def _clumping(states: Sequence[State]) -> float:
    """Variance of the number of objects a person finds, over what it were if each was found by itself: objects of one
    picture are found and missed together, sum (f - n p)^2 / (p (1 - p) sum n)."""
    observed = expected = _CLUMPING_WORTH
    for state in states:
        sums, n = state.get("clumps"), _objects(state)
        if sums is None or sums["pictures"] < 2 or not n:
            continue
        p = _found(state) / n
        scatter = sums["found2"] - 2 * p * sums["both"] + p * p * sums["true2"]
        observed += max(scatter, 0.0) * sums["pictures"] / (sums["pictures"] - 1)
        expected += n * p * (1 - p)
    return float(max(observed / expected, 1.0))


def _found(state: State) -> float:
    return float(state.get("matched", 0))


def _objects(state: State) -> float:
    return _found(state) + float(state.get("missed", 0))


def _pictures(state: State) -> float:
    return float(state.get("pictures", state.get("n", 0)))


def _drawn(axis: str) -> Callable[[State], State]:
    return lambda state: state.get("drawn", {}).get(axis, {})


def _labelled(state: State) -> tuple[float, float]:
    """(objects found and labelled, of these right)."""
    rows = state.get("labels", {})
    n = sum(count for row in rows.values() for count in row.values())
    return float(n), float(sum(row.get(truth, 0) for truth, row in rows.items()))


_DETECTION = Share(lambda state: (_objects(state), _found(state)))
_SPURIOUS = Rate(lambda state: (_pictures(state), float(state.get("spurious", 0))))
_RIGHT_LABEL = Share(_labelled)
_DRAWN = {axis: Place(_drawn(axis), _DEFAULT) for axis in AXES}
