"""Quantities with their intervals, in words."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def share(quantity: Any) -> str:
    """A share in 0-1: "83 % (71 to 92)"; a dash where nothing is known."""
    if quantity is None:
        return "–"
    return f"{100 * quantity.mean:.0f} % ({100 * quantity.low:.0f} to {100 * quantity.high:.0f})"


@register.filter
def bounds(quantity: Any) -> str:
    """The interval of a share in 0-1, in per cent: "71 to 92"."""
    return f"{100 * quantity.low:.0f} to {100 * quantity.high:.0f}"


@register.filter
def points(quantity: Any) -> str:
    """A difference of shares, in percentage points: "+12 (4 to 20)"."""
    if quantity is None:
        return "–"
    return f"{100 * quantity.mean:+.0f} ({100 * quantity.low:.0f} to {100 * quantity.high:.0f})"


@register.filter
def seconds(quantity: Any) -> str:
    return "–" if quantity is None else f"{quantity.mean:.1f} s ({quantity.low:.1f} to {quantity.high:.1f})"


@register.filter
def coefficient(value: float | None) -> str:
    """An agreement, which may be negative: ".83"."""
    return "–" if value is None else f"{value:.3f}"


@register.filter
def range_of(interval: Any) -> str:
    """[low, high] as "0.71 to 0.92"."""
    return "–" if not interval else f"{interval[0]:.3f} to {interval[1]:.3f}"


@register.filter
def tenth(value: float) -> int:
    """0-1 in whole tenths, for the shade of a cell."""
    return min(max(round(10 * value), 0), 10)


@register.filter
def effect(influence: Any, kind: str) -> str:
    """What a vote did to its task's label: "+31 points" of a class's probability, "12 %" of an outline."""
    if kind == "class":
        return f"{100 * influence.change:+.0f} points"
    return f"{100 * influence.change:.0f} %"
