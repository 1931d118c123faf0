import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quality.domain.metrics import (
    box_iou,
    dice,
    hausdorff95,
    iou,
    match_boxes,
    precision_recall,
    surface_dice,
)

PAIRS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)
EDGE = st.floats(0, 90)
BOXES = st.lists(
    st.tuples(EDGE, EDGE, st.floats(1, 40), st.floats(1, 40)).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])),
    max_size=5,
).map(lambda rows: np.array(rows).reshape(-1, 4))


def square(x, y, side, shape=(40, 40)):
    mask = np.zeros(shape, dtype=bool)
    mask[y : y + side, x : x + side] = True
    return mask


EMPTY = np.zeros((40, 40), dtype=bool)


def test_half_overlapping_squares():
    a, b = square(0, 0, 10), square(5, 0, 10)

    assert dice(a, b) == pytest.approx(0.5)
    assert iou(a, b) == pytest.approx(1 / 3)
    assert precision_recall(a, square(0, 0, 5)) == (0.25, 1.0)


def test_empty_masks():
    assert dice(EMPTY, EMPTY) == iou(EMPTY, EMPTY) == surface_dice(EMPTY, EMPTY, tolerance=2) == 1
    assert dice(EMPTY, square(0, 0, 3)) == iou(EMPTY, square(0, 0, 3)) == 0
    assert surface_dice(EMPTY, square(0, 0, 3), tolerance=2) == 0
    assert hausdorff95(EMPTY, EMPTY) == 0
    assert hausdorff95(EMPTY, square(0, 0, 3)) == float("inf")
    assert precision_recall(EMPTY, square(0, 0, 3)) == (1.0, 0.0)


@given(PAIRS)
def test_iou_never_exceeds_dice(pair):
    a, b = pair
    assert 0 <= iou(a, b) <= dice(a, b) <= 1


@given(PAIRS)
def test_mask_metrics_do_not_care_for_order(pair):
    a, b = pair
    assert dice(a, b) == dice(b, a)
    assert surface_dice(a, b, tolerance=1) == surface_dice(b, a, tolerance=1)
    assert hausdorff95(a, b) == hausdorff95(b, a)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="one shape"):
        dice(EMPTY, np.zeros((3, 3), dtype=bool))


def test_a_shift_of_two_is_within_two_but_not_within_one():
    a, b = square(10, 10, 12), square(12, 10, 12)

    assert surface_dice(a, b, tolerance=2) == 1
    assert surface_dice(a, b, tolerance=1) < 1
    assert hausdorff95(a, b) == 2


def test_a_mask_at_the_rim_has_its_outline_there():
    full = np.ones((8, 8), dtype=bool)

    assert surface_dice(full, full, tolerance=0) == 1
    assert hausdorff95(full, full) == 0


def test_box_iou():
    overlap = box_iou(np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 9]]))

    assert overlap.tolist() == [[pytest.approx(1 / 3), 0, 0]]


def test_matching_finds_two_pairs_where_greed_would_find_one():
    # The best single pair (a1, b0) would leave a0 and b1 without a partner.
    a = np.array([[0.0, 0, 10, 10], [2, 0, 12, 10]])
    b = np.array([[2.0, 0, 12, 10], [5, 0, 15, 10]])

    matches = match_boxes(a, b, threshold=0.5)

    assert [(m.first, m.second) for m in matches] == [(0, 0), (1, 1)]


def test_matching_respects_what_is_allowed():
    box = np.array([[0.0, 0, 10, 10]])

    assert match_boxes(box, box, threshold=0.5, allowed=np.array([[False]])) == []


@given(BOXES, BOXES)
def test_matches_are_one_to_one_and_above_the_threshold(a, b):
    matches = match_boxes(a, b, threshold=0.3)

    assert len({m.first for m in matches}) == len({m.second for m in matches}) == len(matches)
    assert all(m.iou >= 0.3 for m in matches)
    assert len(matches) == len(match_boxes(b, a, threshold=0.3))
