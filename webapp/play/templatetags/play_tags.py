"""Small helpers of the volunteer's templates."""

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@register.filter
def get(mapping: dict, key: object) -> object:
    """`mapping[key]`, or nothing where the key is missing."""
    return mapping.get(key, "")


@register.simple_tag
def swatch(colour: str) -> SafeString:
    """A dot in a label's colour, as a picture, since a content policy may forbid inline styles."""
    fill = colour if _COLOUR.fullmatch(colour) else "#888888"
    return format_html(
        '<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="6" fill="{}"/></svg>', fill
    )
