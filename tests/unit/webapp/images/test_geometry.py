import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from webapp.images.geometry import Placement, Turn, square_around

HALF = Placement(crop=(10, 20, 110, 60), width=50, height=20)  # half the size, of a crop


def test_a_box_goes_to_served_pixels_and_is_cut_at_the_edge():
    assert HALF.box_to_served((20, 30, 40, 50)) == (5, 5, 15, 15)
    assert HALF.box_to_served((0, 0, 30, 40)) == (0, 0, 10, 10)
    assert HALF.box_to_served((100, 50, 500, 500)) == (45, 15, 50, 20)


def test_a_box_outside_the_crop_or_without_area_is_none():
    assert HALF.box_to_served((0, 0, 10, 20)) is None
    assert HALF.box_to_served((20, 30, 20, 50)) is None


def test_and_back():
    assert HALF.box_to_original((5, 5, 15, 15)) == (20, 30, 40, 50)


def test_a_mask_goes_back_into_its_place_in_the_original():
    placement = Placement(crop=(2, 1, 6, 3), width=2, height=1)
    out = placement.map_to_original(np.array([[0, 7]]), width=8, height=4)
    assert out.tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 7, 7, 0, 0],
        [0, 0, 0, 0, 7, 7, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]


@given(width=st.integers(1, 40), height=st.integers(1, 40), factor=st.integers(1, 4))
def test_a_mask_served_at_whole_multiples_returns_unchanged(width, height, factor):
    mask = np.random.default_rng(width * 41 + height).random((height, width)) < 0.5
    placement = Placement((0, 0, width, height), width * factor, height * factor)
    there = placement.map_to_served(mask)
    assert there.shape == (height * factor, width * factor)
    assert (placement.map_to_original(there, width=width, height=height) == mask).all()


def test_a_square_crop_is_moved_into_the_picture_not_padded():
    assert square_around((40, 40, 60, 50), width=100, height=100, context=2.0) == (30, 25, 70, 65)
    assert square_around((-5, 0, 15, 10), width=100, height=100, context=2.0) == (0, 0, 40, 40)
    assert square_around((0, 0, 90, 10), width=100, height=50, context=2.0) == (20, 0, 70, 50)


@given(st.booleans(), st.booleans(), st.booleans())
def test_every_turn_can_be_undone_and_written_down(transpose, flip_x, flip_y):
    turn = Turn(transpose, flip_x, flip_y)
    plane = np.arange(6).reshape(2, 3)
    assert (turn.undo(turn.show(plane)) == plane).all()
    assert Turn.parse(str(turn)) == turn
