"""Box answers: who overlooks, who invents, who draws wide.

State: {"matched", "missed", "spurious": counts; "pictures": count; "iou_sum"; "labels": {truth: {said: count}};
"drawn": {"x" | "y" | "width" | "height": {"n", "sum", "squares"}}}. A deviation is drawn minus true: of the centre in
true box sizes, of the size as log ratio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quality.domain.reliability import location, proportion, rate
from quality.domain.reliability.base import Prior, Quantity, State
from quality.domain.reliability.location import Normal
from quality.domain.reliability.scored import ScoredEstimator

AXES = ("x", "y", "width", "height")
_DEFAULT = Normal(mean=0.0, between=0.01, within=0.02)


class BoxEstimator(ScoredEstimator):
    kind = "box"

    def tally(self, details: Mapping[str, Any]) -> dict[str, Any]:
        counts = {key: details[key] for key in ("matched", "missed", "spurious")}
        gain = {**counts, "pictures": 1, "iou_sum": sum(iou for _, _, iou in details["pairs"])}
        deviations = details.get("deviations", [])
        if deviations:
            columns = zip(AXES, zip(*deviations, strict=True), strict=True)
            gain["drawn"] = {axis: location.sums_of(values) for axis, values in columns}
        for truth, said in details.get("labels", []):
            row = gain.setdefault("labels", {}).setdefault(truth, {})
            row[said] = row.get(said, 0) + 1
        return gain

    def fit_parts(self, states: Sequence[State]) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "detection": proportion.fit([_objects(state) for state in states], [_found(state) for state in states]),
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
        quantities = {
            "detection": proportion.posterior(_objects(known), _found(known), prior.parts.get("detection", ())),
            "spurious": rate.posterior(_pictures(known), known.get("spurious", 0), prior.parts.get("spurious", ())),
            "right label": proportion.posterior(*_labelled(known), prior.parts.get("label", ())),
        }
        for axis in AXES:
            found = location.posterior(
                known.get("drawn", {}).get(axis), prior.parts.get(axis) or location.nobody(_DEFAULT)
            )
            quantities[f"offset {axis}"], quantities[f"spread {axis}"] = found
        return quantities


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
