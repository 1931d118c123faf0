"""Mask answers: whether it is the right object, and how its outline is drawn.

State: {"dice_sum", "surface_dice_sum"; "right_object", "missed", "wrong_object", "present": counts over tasks that show
an object; "absent", "invented": tasks that show none, and those of them with an outline; "outline": {"offset",
"sensitivity", "specificity": {"n", "sum", "squares"}} over outlines of the right object}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from quality.domain.reliability import location
from quality.domain.reliability.base import Prior, Quantity, State
from quality.domain.reliability.location import Normal
from quality.domain.reliability.quantities import Place, Share
from quality.domain.reliability.scored import ScoredEstimator

# Below this overlap the outline is around something else, and its quality as an outline says nothing.
RIGHT_OBJECT_DICE = 0.4
_DEFAULTS = {
    "offset": Normal(mean=0.0, between=4.0, within=3.0),  # px
    "sensitivity": Normal(mean=0.8, between=0.02, within=0.015),
    "specificity": Normal(mean=0.8, between=0.02, within=0.015),
}


class MaskEstimator(ScoredEstimator):
    kind = "mask"

    def tally(self, details: Mapping[str, Any]) -> dict[str, Any]:
        overlap, is_hit = details["dice"], int(details["dice"] >= RIGHT_OBJECT_DICE)
        gain: dict[str, Any] = {
            "dice_sum": overlap,
            "surface_dice_sum": details["surface_dice"],
            "right_object": is_hit,
        }
        if details["empty_truth"]:
            return {**gain, "absent": 1, "invented": 1 - is_hit}
        drew = bool(details["area_ratio"])
        gain |= {"present": 1, "missed": int(not drew), "wrong_object": int(drew and not is_hit)}
        if is_hit and details.get("offset") is not None:
            gain["outline"] = {name: location.sums_of([details[name]]) for name in _DEFAULTS}
        return gain

    def fit_parts(self, states: Sequence[State]) -> dict[str, Any]:
        shares: dict[str, Any] = {name: share.fit(states) for name, share in _SHARES.items()}
        return shares | {name: place.fit(states) for name, place in _OUTLINE.items()}

    def profile(self, state: State | None, prior: Prior) -> dict[str, Quantity]:
        """Shares of the tasks that show an object: "hit" (right object), "miss" (nothing drawn), "wrong object". Of the
        outlines of the right object: "offset" and its "spread" (px, positive = drawn too wide), "sensitivity" and
        "specificity" within 5 px of the true outline."""
        known: State = state or {}
        quantities = {name: share.posterior(known, prior.parts.get(name)) for name, share in _SHARES.items()}
        for name, place in _OUTLINE.items():
            quantities[name], spread = place.posterior(known, prior.parts.get(name))
            if name == "offset":
                quantities["spread"] = spread
            else:
                quantities[name] = _within_0_and_1(quantities[name])
        return quantities


def _within_0_and_1(share: Quantity) -> Quantity:
    """A mean of shares, told by a normal law that knows of no bounds."""
    mean, low, high = (min(max(value, 0.0), 1.0) for value in (share.mean, share.low, share.high))
    return Quantity(mean, low, high, n=share.n)


def _count(state: State, key: str) -> tuple[float, float]:
    """Tasks that show an object, and those of them counted under `key`."""
    count = float(state.get(key, 0))
    if key == "right_object":  # "nothing" said of an empty picture is right too, but no object was hit
        count -= float(state.get("absent", 0)) - float(state.get("invented", 0))
    return float(state.get("present", 0)), count


def _share(key: str) -> Share:
    return Share(lambda state: _count(state, key))


def _outline(name: str) -> Callable[[State], State]:
    return lambda state: state.get("outline", {}).get(name, {})


_SHARES = {"hit": _share("right_object"), "miss": _share("missed"), "wrong object": _share("wrong_object")}
_OUTLINE = {name: Place(_outline(name), default) for name, default in _DEFAULTS.items()}
