"""Small line charts, drawn by the server as SVG; colours come from the style sheet, as the content policy wants it."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.game.progress import Point

LARGE, SMALL = (600, 200), (300, 90)
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 10, 10
EDGE = 12  # between the frame and the first and last point; half of a single point's band


@dataclass(frozen=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    """`line` and `band`: points of a polyline and a polygon; `grid`: (y, what stands beside it); in viewBox units."""

    line: str
    band: str
    dots: list[Dot]
    grid: list[tuple[float, str]]
    words: str
    width: int
    height: int
    left: int
    right: int


def chart(points: Sequence[Point], size: tuple[int, int] = LARGE) -> Chart:
    """A chart of scores (0-100) in their order, each with its interval as a band. `points`: at least one.

    `size`: width and height in units that are pixels where the chart is drawn as large as it wants to be.
    """
    width, height = size

    def x_of(index: int) -> float:
        inner = width - LEFT - RIGHT - 2 * EDGE
        return LEFT + EDGE + (inner / 2 if len(points) == 1 else inner * index / (len(points) - 1))

    def y_of(score: float) -> float:
        return TOP + (height - TOP - BOTTOM) * (1 - score / 100)

    place = [(x_of(index), point) for index, point in enumerate(points)]
    if len(points) == 1:  # a single interval would be a hair
        place = [(place[0][0] - EDGE, points[0]), place[0], (place[0][0] + EDGE, points[0])]
    upper = [f"{x:.1f},{y_of(point.high):.1f}" for x, point in place]
    lower = [f"{x:.1f},{y_of(point.low):.1f}" for x, point in reversed(place)]
    last = points[-1]
    return Chart(
        line=" ".join(f"{x:.1f},{y_of(point.score):.1f}" for x, point in place),
        band=" ".join(upper + lower),
        dots=[Dot(round(x_of(index), 1), round(y_of(point.score), 1)) for index, point in enumerate(points)],
        grid=[(round(y_of(value), 1), str(value)) for value in (0, 50, 100)],
        words=f"Last score {last.score:.0f} of 100, between {last.low:.0f} and {last.high:.0f} with 90 % certainty.",
        width=width,
        height=height,
        left=LEFT,
        right=width - RIGHT,
    )
