"""Figures of the staff pages."""

import json
from typing import Any

from django import template

register = template.Library()

WIDTH = 120  # of a bar, in the drawing's own units


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute; the template escapes it."""
    return json.dumps(value, separators=(",", ":"), default=str)


@register.filter
def percent(value: float | None) -> str:
    """0-1 as "83 %"; a dash where nothing is known."""
    return "–" if value is None else f"{100 * value:.0f} %"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds in a fitting unit: .0123 as "12 ms", 2.5 as "2.5 s"; "longer" where no limit is known."""
    if seconds is None:
        return "longer"
    return f"{1000 * seconds:.3g}\u00a0ms" if seconds < 1 else f"{seconds:.3g}\u00a0s"


@register.filter
def made_by(manifest: dict[str, Any]) -> str:
    """Who or what made a gold pack, in a few words; whatever its maker wrote there."""
    maker = manifest.get("generator")
    if not isinstance(maker, dict):
        return str(maker or "not said")
    model = maker.get("model") or maker.get("name") or "not said"
    return str(model.get("what") or model.get("model") or "not said") if isinstance(model, dict) else str(model)


@register.filter
def in_percent(value: float) -> str:
    """0-1 for a field of percents: .025 as "2.5"."""
    return f"{100 * value:.4g}"


GOLD_WORDS = {
    "approved": "gold",
    "held": "held back",
    "candidate": "candidate for gold",
    "quarantined": "gold in quarantine",
    "retired": "put away",
}


@register.filter
def gold_word(state: str) -> str:
    """What a known answer is used for."""
    return GOLD_WORDS.get(state, state)


@register.filter
def with_name(labels: list[Any], key: str | None) -> str:
    """The name of a label."""
    return next((label.name for label in labels if label.key == key), key or "")


@register.filter
def in_words(answer: dict[str, Any] | None, labels: list[Any]) -> str:
    """An answer in a few words."""
    if not answer:
        return "no label yet"
    kind = answer.get("kind")
    if kind == "class":
        return with_name(labels, answer["label"])
    if kind == "box":
        return f"{len(answer['boxes'])} box{'' if len(answer['boxes']) == 1 else 'es'}"
    return {"mask": "mask", "nothing": "nothing here", "cannot_tell": "can’t tell"}.get(str(kind), str(kind))


@register.inclusion_tag("staff/parts/interval.html")
def interval(mean: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    """A reliability (0-1) with its interval as a bar: the interval thick, the mean as a mark, half-way as a line."""
    if mean is None:
        return {"known": False}
    left, right = (low if low is not None else mean), (high if high is not None else mean)
    return {
        "known": True,
        "mean": round(mean * WIDTH, 1),
        "left": round(left * WIDTH, 1),
        "width": round(max(right - left, 0.01) * WIDTH, 1),
        "words": f"{100 * mean:.0f} %, between {100 * left:.0f} % and {100 * right:.0f} %",
    }
