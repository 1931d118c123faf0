"""Box answers: who overlooks, who invents, who draws wide.

State: {"matched", "missed", "spurious": counts; "pictures": count; "iou_sum"; "labels": {truth: {said: count}};
"drawn": {"x" | "y" | "width" | "height": {"n", "sum", "squares"}}; "clumps": {"pictures", "found2", "both", "true2"},
sums over pictures with an object of 1, f^2, f n and n^2 where f of n were found}. A deviation is drawn minus true: of
the centre in true box sizes, of the size as log ratio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quality.domain.reliability import location, proportion, rate
from quality.domain.reliability.base import Prior, Quantity, State
from quality.domain.reliability.location import Normal
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
        clumping = _clumping(states)
        parts: dict[str, Any] = {
            "clumping": clumping,
            "detection": proportion.fit(
                [_objects(state) / clumping for state in states], [_found(state) / clumping for state in states]
            ),
            "spurious": rate.fit(
                [_pictures(state) for state in states], [state.get("spurious", 0) for state in states]
            ),
            "label": proportion.fit(*zip(*(_labelled(state) for state in states), strict=True)),
        }
        for axis in AXES:
            sums = [state["drawn"][axis] for state in states if "drawn" in state]
            parts[axis] = location.fit([(s["n"], s["sum"], s["squares"]) for s in sums], _DEFAULT)
        return parts

    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]:
        """ "detection": share of the objects found; "spurious": boxes a picture where there is nothing; "right label":
        share of right labels among found objects; "offset" and "spread" of "x", "y" (box sizes), "width", "height"
        (log ratio)."""
        known: State = state or {}
        clumping = prior.parts.get("clumping", 1.0)
        quantities = {
            "detection": proportion.posterior(
                _objects(known), _found(known), prior.parts.get("detection", ()), dispersion=clumping
            ),
            "spurious": rate.posterior(_pictures(known), known.get("spurious", 0), prior.parts.get("spurious", ())),
            "right label": proportion.posterior(*_labelled(known), prior.parts.get("label", ())),
        }
        for axis in AXES:
            found = location.posterior(
                known.get("drawn", {}).get(axis), prior.parts.get(axis) or location.nobody(_DEFAULT)
            )
            quantities[f"offset {axis}"], quantities[f"spread {axis}"] = found
        return quantities


def _clumping(states: Sequence[State]) -> float:
    """Variance of the number of objects a person finds, over what it were if each was found by itself: objects of one
    picture are found and missed together, sum (f - n p)^2 / (p (1 - p) sum n)."""
    observed = expected = _CLUMPING_WORTH
    for state in states:
        sums, n = state.get("clumps"), _objects(state)
        if sums is None or sums["pictures"] < 2:
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


def _labelled(state: State) -> tuple[float, float]:
    """(objects found and labelled, of these right)."""
    rows = state.get("labels", {})
    n = sum(count for row in rows.values() for count in row.values())
    return float(n), float(sum(row.get(truth, 0) for truth, row in rows.items()))
