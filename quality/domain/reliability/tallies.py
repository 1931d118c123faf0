"""What of a graded answer is kept for fusion, per kind of question: (state, rubric details) -> changed entries.

class: {"confusion": {truth: {said: count}}}
box:   {"matched", "missed", "spurious": counts, "iou_sum"}          images = n
mask:  {"dice_sum", "surface_dice_sum", "right_object": count, "log_area_sum", "outlined": count}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

State = Mapping[str, Any]

# Below this overlap the outline is around something else, and its quality as an outline says nothing.
RIGHT_OBJECT_DICE = 0.4


def tally_class(state: State, details: Mapping[str, Any]) -> dict[str, Any]:
    confusion = {truth: dict(said) for truth, said in state.get("confusion", {}).items()}
    row = confusion.setdefault(details["truth"], {})
    row[details["said"]] = row.get(details["said"], 0) + 1
    return {"confusion": confusion}


def tally_box(state: State, details: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: state.get(key, 0) + details[key] for key in ("matched", "missed", "spurious")}
    return {**found, "iou_sum": state.get("iou_sum", 0.0) + sum(iou for _, _, iou in details["pairs"])}


def tally_mask(state: State, details: Mapping[str, Any]) -> dict[str, Any]:
    new = {
        "dice_sum": state.get("dice_sum", 0.0) + details["dice"],
        "surface_dice_sum": state.get("surface_dice_sum", 0.0) + details["surface_dice"],
        "right_object": state.get("right_object", 0) + int(details["dice"] >= RIGHT_OBJECT_DICE),
    }
    ratio = details["area_ratio"]
    if ratio and details["dice"] >= RIGHT_OBJECT_DICE:
        new["log_area_sum"] = state.get("log_area_sum", 0.0) + math.log(ratio)
        new["outlined"] = state.get("outlined", 0) + 1
    return new


TALLIES: dict[str, Callable[[State, Mapping[str, Any]], dict[str, Any]]] = {
    "class": tally_class,
    "box": tally_box,
    "mask": tally_mask,
}
