"""Sums of evidence as nested JSON dictionaries of numbers: what states are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def added(sums: Mapping[str, Any], gain: Mapping[str, Any]) -> dict[str, Any]:
    """Entry by entry; what only one of them has is taken over.

    >>> added({"n": 1, "by": {"cat": 2}}, {"n": 1, "by": {"dog": 1}})
    {'n': 2, 'by': {'cat': 2, 'dog': 1}}
    """
    result = dict(sums)
    for key, value in gain.items():
        if isinstance(value, Mapping):
            result[key] = added(result.get(key, {}), value)
        else:
            result[key] = result.get(key, 0) + value
    return result


def scaled(sums: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Every number times `factor`; counts stay whole numbers where the factor is 1."""
    if factor == 1:
        return dict(sums)
    return {key: scaled(v, factor) if isinstance(v, Mapping) else v * factor for key, v in sums.items()}


def minus(sums: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of the top-level numbers without `part`."""
    return {key: value - part.get(key, 0) for key, value in sums.items() if not isinstance(value, Mapping)}
