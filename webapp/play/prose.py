"""Markdown that moderators write, as HTML that is safe to show."""

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

# Headings start at the third level: the page has its own first and second.
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "code", "blockquote", "h3", "h4", "h5", "h6", "hr", "br", "a"}
_HEADING_LEVEL = 3


def to_html(text: str) -> SafeString:
    """`text` as HTML without pictures, styles, scripts or anything else that could reach outside."""
    html = markdown.markdown(text, extensions=["sane_lists"], output_format="html")
    for level in range(6, 0, -1):
        deeper = min(level + _HEADING_LEVEL - 1, 6)
        html = html.replace(f"<h{level}>", f"<h{deeper}>").replace(f"</h{level}>", f"</h{deeper}>")
    clean = nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http", "mailto"})
    return mark_safe(clean)
