"""Plots: well-formed, within their frame, without a style, and told in words."""

from xml.etree import ElementTree

import pytest

from webapp.staff import plots
from webapp.staff.plots import Mark

CURVE = [Mark(5, 0.6, 0.4, 0.8), Mark(20, 0.9, 0.8, 1.0)]
DRAWN = {
    "line": plots.line_plot(CURVE, title="Score", x="known answers", y="score", reference=0.5),
    "nothing": plots.line_plot([], title="Score", x="known answers", y="score"),
    "one": plots.line_plot(CURVE[:1], title="Score", x="known answers", y="score"),
    "diagram": plots.reliability_diagram(
        [Mark(0.75, 0.5, 0.3, 0.7, "<b>4 of 8</b>")], title="Calibration", x="estimated", y="realised", target=0.95
    ),
    "histogram": plots.histogram([0, 3, 9], title="Quality", x="quality", y="labels", target=0.6),
    "matrix": plots.matrix_plot([[None, (0.5, "a and b")], [(0.5, "b and a"), None]], names=["a", "b"], title="Pairs"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_well_formed_and_within_its_frame(name):
    root = ElementTree.fromstring(DRAWN[name])
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert root.find("title").text in root.attrib["aria-label"]
    assert root.find("desc").text
    for element in root.iter():
        assert "style" not in element.attrib
        for key, limit in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            if key in element.attrib:
                assert 0 <= float(element.attrib[key]) <= limit, ElementTree.tostring(element)


def test_values_stand_where_they_belong():
    root = ElementTree.fromstring(DRAWN["line"])
    first, last = (tuple(map(float, p.split(","))) for p in root.find("polyline").attrib["points"].split())
    assert first[0] == plots.LEFT
    assert last[0] == plots.WIDTH - plots.RIGHT
    assert first[1] == pytest.approx(plots.TOP + 0.4 * (plots.HEIGHT - plots.TOP - plots.BOTTOM), abs=0.1)
    bars = [float(bar.attrib["height"]) for bar in ElementTree.fromstring(DRAWN["histogram"]).findall("rect")]
    assert bars == pytest.approx([0, 224 / 3, 224], abs=0.1)


def test_what_people_are_called_cannot_break_out():
    assert "<b>" not in DRAWN["diagram"]
    assert "&lt;b&gt;4 of 8" in DRAWN["diagram"]
