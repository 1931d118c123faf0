"""Prompts from a known mask."""

import numpy as np
import pytest

from inference.engine.ellipse import ellipse_in_box
from inference.engine.prompts import correcting_point, jittered_box, simulated_boxes, tight_box


def mask(*rectangles, size=(20, 30)):
    values = np.zeros(size, bool)
    for x1, y1, x2, y2 in rectangles:
        values[y1:y2, x1:x2] = True
    return values


def test_tight_box_has_half_open_edges():
    assert tight_box(mask((4, 5, 9, 7))) == (4, 5, 9, 7)


def test_simulated_boxes_are_two_pixels_wider_and_one_a_region():
    boxes = simulated_boxes(mask((4, 5, 9, 8), (20, 10, 24, 14)))
    assert [box for box, _ in boxes] == [(2, 3, 11, 10), (18, 8, 26, 16)]
    assert [int(region.sum()) for _, region in boxes] == [15, 16]


def test_regions_that_nearly_touch_share_a_box():
    assert len(simulated_boxes(mask((4, 5, 9, 8), (11, 5, 15, 8)))) == 1


def test_jitter_of_nothing_is_the_tight_box_and_stays_on_the_image():
    rng = np.random.default_rng(0)
    assert jittered_box(mask((4, 5, 9, 7)), rng, 0.0) == (4, 5, 9, 7)
    for _ in range(50):
        x1, y1, x2, y2 = jittered_box(mask((0, 0, 30, 20)), rng, 0.3)
        assert 0 <= x1 < x2 <= 30
        assert 0 <= y1 < y2 <= 20


def test_the_next_click_goes_into_the_middle_of_the_largest_mistake():
    truth = mask((5, 5, 14, 14))
    assert correcting_point(truth, mask()) == (9.5, 9.5, True)
    assert correcting_point(truth, truth | mask((20, 4, 25, 9))) == (22.5, 6.5, False)
    assert correcting_point(truth, truth) is None


def test_the_ellipse_touches_all_four_sides():
    found = ellipse_in_box((4, 2, 14, 8), (20, 30))
    assert tight_box(found) == (4, 2, 14, 8)
    assert found.sum() == pytest.approx(np.pi / 4 * 10 * 6, rel=0.05)
