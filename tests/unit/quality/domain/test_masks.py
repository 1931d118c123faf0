import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from quality.domain import masks

SMALL = st.tuples(st.integers(1, 12), st.integers(1, 12))
MASKS = SMALL.flatmap(lambda shape: arrays(bool, shape))


def test_encode_is_what_coco_writes():
    mask = np.zeros((4, 5), dtype=bool)
    mask[1:3, 2:4] = True

    # Down the columns: 9 background, 2, 2 background, 2, 5 background; the fourth and fifth as differences.
    assert masks.encode(mask) == {"size": [4, 5], "counts": "92203"}


@given(MASKS)
def test_decode_undoes_encode(mask):
    rle = masks.encode(mask)

    assert (masks.decode(rle) == mask).all()
    assert masks.area(rle) == mask.sum()


@given(MASKS)
def test_decode_agrees_with_pycocotools(mask):
    rle = masks.encode(mask)

    assert (masks.decode(rle) == coco.decode(rle).astype(bool)).all()


def test_long_runs_round_trip():
    mask = np.zeros((1500, 1500), dtype=bool)
    mask[700:702, 3:1400] = True

    assert (masks.decode(masks.encode(mask)) == mask).all()


@pytest.mark.parametrize(
    ("rle", "sentence"),
    [
        ({"size": [4, 5], "counts": "9220"}, "add up to its 20 pixels"),
        ({"size": [4, 5], "counts": "d0O"}, "positive and add up"),
        ({"size": [4, 5], "counts": ""}, "non-empty string"),
        ({"size": [4, 5], "counts": [20]}, "non-empty string"),
        ({"size": [4, 5], "counts": "é"}, "character"),
        ({"size": [4, 5], "counts": "~"}, "character"),
        ({"size": [4, 5], "counts": "P"}, "break off"),
        ({"size": [4, 5], "counts": "PPPPPPPP0"}, "too large"),
        ({"size": [4, 5], "counts": "0" * 1000}, "more runs"),
        ({"size": [0, 5], "counts": "0"}, "out of bounds"),
        ({"size": [10**6, 10**6], "counts": "0"}, "out of bounds"),
        ({"size": [4.0, 5], "counts": "0"}, "two whole numbers"),
        ({"counts": "0"}, "two whole numbers"),
        ([], "two whole numbers"),
    ],
)
def test_bad_rle_is_refused_with_a_sentence(rle, sentence):
    with pytest.raises(ValueError, match=sentence):
        masks.decode(rle)


def test_a_mask_of_another_picture_is_refused():
    with pytest.raises(ValueError, match="The mask is 4 x 5 pixels, the picture is 5 x 4."):
        masks.decode({"size": [4, 5], "counts": "d0"}, size=(5, 4))


@given(st.text(alphabet=[chr(c) for c in range(40, 120)], min_size=1, max_size=12))
def test_any_text_decodes_to_its_size_or_is_refused(text):
    try:
        mask = masks.decode({"size": [6, 7], "counts": text})
    except ValueError:
        return
    assert mask.shape == (6, 7)


def test_bbox_is_half_open():
    mask = np.zeros((10, 10), dtype=bool)
    mask[2:5, 3:9] = True

    assert masks.bbox(mask) == (3, 2, 9, 5)
    assert masks.bbox(np.zeros((3, 3), dtype=bool)) is None


def test_union_window_holds_all_masks_and_stays_in_the_picture():
    stack = np.zeros((2, 20, 30), dtype=bool)
    stack[0, 5, 6] = stack[1, 9, 28] = True

    assert masks.union_window(stack, margin=3) == (slice(2, 13), slice(3, 30))
