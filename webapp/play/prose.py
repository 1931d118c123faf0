"""Markdown that moderators write, as HTML that is safe to show."""

import re

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

_TAGS = {"p", "ul", "ol", "li", "strong", "em", "code", "blockquote", "h3", "h4", "h5", "h6", "hr", "br", "a"}
_TOP_HEADING = 3  # the page has its own first and second
_HEADING = re.compile(r"(</?h)([1-6])(?=>)")


def to_html(text: str) -> SafeString:
    """`text` as HTML without pictures, styles, scripts or anything else that could reach outside."""
    html = markdown.markdown(text, extensions=["sane_lists"], output_format="html")
    clean = nh3.clean(_headings(html), tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http", "mailto"})
    return mark_safe(clean.strip())


def _headings(html: str) -> str:
    """The highest heading becomes the third level and the others follow, whatever level the text began with."""
    shift = _TOP_HEADING - min((int(level) for _, level in _HEADING.findall(html)), default=_TOP_HEADING)
    return _HEADING.sub(lambda tag: f"{tag[1]}{min(max(int(tag[2]) + shift, _TOP_HEADING), 6)}", html)
