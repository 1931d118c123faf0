"""Plots of the staff pages as SVG: axes with units, a title and a description for those who cannot see them.

No style stands in the drawing (the content policy allows none): classes `plot__*` are coloured by `plots.css`. All
values are numbers or escaped, so a plot is safe to put into a page.

    line_plot([Mark(5, .7, .5, .9)], title="Score on known answers", x="known answers", y="score, 0-1")
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 480, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 44  # margins, in the drawing's own units
SQUARE = 460  # a matrix is about as large


@dataclass(frozen=True)
class Mark:
    """A value `y` in 0-1 at `x` with its interval `low` to `high`; `note` is told when it is pointed at."""

    x: float
    y: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class _Frame:
    """Data to drawing: x from `start` to `end`, y from 0 to `top`."""

    start: float
    end: float
    top: float = 1.0

    def x(self, value: float) -> float:
        span = max(self.end - self.start, 1e-9)
        return round(LEFT + (value - self.start) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - value / max(self.top, 1e-9) * (HEIGHT - TOP - BOTTOM), 1)


def line_plot(marks: Sequence[Mark], *, title: str, x: str, y: str, reference: float | None = None) -> SafeString:
    """A curve in its band. `reference`: a level to hold it against (0-1), drawn across."""
    frame = _Frame(marks[0].x, max(marks[-1].x, marks[0].x + 1)) if marks else _Frame(0, 1)
    upper = [f"{frame.x(m.x)},{frame.y(m.high)}" for m in marks]
    lower = [f"{frame.x(m.x)},{frame.y(m.low)}" for m in reversed(marks)]
    line = [f"{frame.x(m.x)},{frame.y(m.y)}" for m in marks]
    drawn = format_html(
        '<polygon class="plot__band" points="{}"/><polyline class="plot__line" points="{}"/>{}',
        " ".join(upper + lower),
        " ".join(line),
        _across(frame, reference),
    )
    last = f" The last value is {marks[-1].y:.2f} ({marks[-1].low:.2f} to {marks[-1].high:.2f})." if marks else ""
    described = f"{y} over {x}, {len(marks)} points.{last}"
    return _svg(title, described, _axes(frame, _ticks(frame.start, frame.end), x, y) + drawn)


def reliability_diagram(marks: Sequence[Mark], *, title: str, x: str, y: str, target: float) -> SafeString:
    """Realised against estimated quality, both 0-1: on the diagonal probabilities mean what they say."""
    frame = _Frame(0, 1)
    diagonal = format_html(
        '<path class="plot__reference" d="M{} {}L{} {}"/><path class="plot__target" d="M{} {}V{}"/>',
        frame.x(0), frame.y(0), frame.x(1), frame.y(1), frame.x(target), frame.y(0), frame.y(1),
    )  # fmt: skip
    points = format_html_join(
        "",
        '<g><title>{}</title><path class="plot__whisker" d="M{} {}V{}"/>'
        '<circle class="plot__dot" cx="{}" cy="{}" r="5"/></g>',
        ((m.note, frame.x(m.x), frame.y(m.low), frame.y(m.high), frame.x(m.x), frame.y(m.y)) for m in marks),
    )
    described = "; ".join(m.note for m in marks) or "Nothing to show."
    return _svg(title, described, _axes(frame, (0, 0.25, 0.5, 0.75, 1), x, y) + diagonal + points)


def histogram(counts: Sequence[int], *, title: str, x: str, y: str, target: float) -> SafeString:
    """Bars of equal width over 0-1, and where the target lies."""
    frame = _Frame(0, 1, max(*counts, 1))
    n = len(counts)
    notes = [f"{k / n:.1f} to {(k + 1) / n:.1f}: {count}" for k, count in enumerate(counts)]
    width = round(frame.x(1 / n) - frame.x(0) - 2, 1)
    bars = format_html_join(
        "",
        '<rect class="plot__bar" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        (
            (frame.x(k / n) + 1, frame.y(count), width, round(frame.y(0) - frame.y(count), 1), note)
            for k, (count, note) in enumerate(zip(counts, notes, strict=True))
        ),
    )
    limit = format_html('<path class="plot__target" d="M{} {}V{}"/>', frame.x(target), frame.y(0), TOP)
    return _svg(title, "; ".join(notes), _axes(frame, (0, 0.25, 0.5, 0.75, 1), x, y) + bars + limit)


def matrix_plot(cells: Sequence[Sequence[tuple[float, str] | None]], *, names: Sequence[str], title: str) -> SafeString:
    """A square of (value in 0-1, note) or None; darker is higher. Rows and columns bear numbers, from 1."""
    n, room = len(names), 28
    cell = min(max(SQUARE // max(n, 1), 18), 40)
    drawn = format_html_join(
        "",
        '<rect class="plot__cell" x="{}" y="{}" width="{}" height="{}" fill-opacity="{}"><title>{}</title></rect>',
        (
            (room + j * cell, room + i * cell, cell - 1, cell - 1, f"{0.06 + 0.94 * entry[0]:.2f}", entry[1])
            for i, row in enumerate(cells)
            for j, entry in enumerate(row)
            if entry
        ),
    )  # fmt: skip
    numbers = format_html_join(
        "",
        '<text class="plot__tick" x="{}" y="{}" text-anchor="middle">{}<title>{}</title></text>'
        '<text class="plot__tick" x="{}" y="{}" text-anchor="end">{}<title>{}</title></text>',
        (
            (room + (k + 0.5) * cell, room - 7, k + 1, name, room - 6, room + (k + 0.5) * cell + 4, k + 1, name)
            for k, name in enumerate(names)
        ),
    )
    side = n * cell + room
    return _svg(title, f"{n} by {n} people; the CSV says the same.", numbers + drawn, size=(side, side), square=True)


def _across(frame: _Frame, level: float | None) -> SafeString:
    if level is None:
        return mark_safe("")
    return format_html('<path class="plot__reference" d="M{} {}H{}"/>', LEFT, frame.y(level), WIDTH - RIGHT)


def _axes(frame: _Frame, ticks: Sequence[float], x: str, y: str) -> SafeString:
    levels = [frame.top * k / 4 for k in range(5)]
    words = [f"{level:.2g}" if frame.top <= 1 else f"{level:.0f}" for level in levels]
    return format_html(
        '{}{}<text class="plot__name" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="plot__name" transform="translate(13 {}) rotate(-90)" text-anchor="middle">{}</text>',
        format_html_join(
            "",
            '<path class="plot__grid" d="M{} {}H{}"/>'
            '<text class="plot__tick" x="{}" y="{}" text-anchor="end">{}</text>',
            (
                (LEFT, frame.y(v), WIDTH - RIGHT, LEFT - 6, frame.y(v) + 4, w)
                for v, w in zip(levels, words, strict=True)
            ),
        ),
        format_html_join(
            "",
            '<text class="plot__tick" x="{}" y="{}" text-anchor="middle">{}</text>',
            ((frame.x(v), HEIGHT - BOTTOM + 17, f"{v:g}") for v in ticks),
        ),
        (LEFT + WIDTH - RIGHT) / 2,
        HEIGHT - 6,
        x,
        (TOP + HEIGHT - BOTTOM) / 2,
        y,
    )


def _ticks(start: float, end: float) -> list[float]:
    return sorted({float(round(start + (end - start) * k / 4)) for k in range(5)})


def _svg(
    title: str, described: str, inside: SafeString, *, size: tuple[int, int] = (WIDTH, HEIGHT), square: bool = False
) -> SafeString:
    return format_html(
        '<svg class="plot{}" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        " plot--square" if square else "",
        *size,
        *size,
        f"{title}. {described}",
        title,
        described,
        inside,
    )
