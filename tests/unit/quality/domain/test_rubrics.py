import numpy as np
import pytest

from quality.domain.answers import mask_answer
from quality.domain.masks import decode, encode
from quality.domain.rubrics import RUBRICS

SIZE = (100, 100)
NOTHING, CANNOT_TELL = {"kind": "nothing"}, {"kind": "cannot_tell"}


def boxes(*rows):
    return {"kind": "box", "boxes": [list(row) for row in rows]}


def label(key):
    return {"kind": "class", "label": key}


def disc(x, y, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return mask_answer((columns - x) ** 2 + (rows - y) ** 2 < radius**2)


def grade(kind, answer, truth, **options):
    return RUBRICS[kind](answer, truth, size=SIZE, **options)


TRUTHS = {"class": label("cat"), "box": boxes((10, 10, 30, 30, "cell")), "mask": disc(50, 50, 20)}


@pytest.mark.parametrize("kind", RUBRICS)
def test_the_truth_itself_scores_1(kind):
    assert grade(kind, TRUTHS[kind], TRUTHS[kind]).score == 1


@pytest.mark.parametrize("kind", RUBRICS)
def test_cannot_tell_is_neither_right_nor_wrong(kind):
    assert grade(kind, CANNOT_TELL, TRUTHS[kind]).score is None


@pytest.mark.parametrize("kind", RUBRICS)
def test_nothing_is_wrong_where_there_is_something_and_right_where_there_is_not(kind):
    assert grade(kind, NOTHING, TRUTHS[kind]).score == 0
    assert grade(kind, NOTHING, NOTHING).score == 1
    assert grade(kind, TRUTHS[kind], NOTHING).score == 0


@pytest.mark.parametrize("kind", RUBRICS)
def test_an_answer_of_another_kind_is_refused(kind):
    other = label("cat") if kind != "class" else TRUTHS["box"]
    with pytest.raises(ValueError, match="Expected an answer of kind"):
        grade(kind, other, TRUTHS[kind])


def test_class_details_name_both_labels():
    assert grade("class", label("dog"), label("cat")).details == {"truth": "cat", "said": "dog"}


def test_box_score_falls_with_missed_and_invented_boxes():
    truth = boxes((0, 0, 10, 10, "cell"), (50, 50, 60, 60, "cell"))

    assert grade("box", boxes((0, 0, 10, 10, "cell")), truth).score == pytest.approx(2 / 3)
    three = boxes((0, 0, 10, 10, "cell"), (50, 50, 60, 60, "cell"), (80, 80, 90, 90, "cell"))
    assert grade("box", three, truth).score == pytest.approx(4 / 5)


def test_box_fit_counts():
    loose = grade("box", boxes((0, 0, 10, 10, "cell")), boxes((0, 0, 10, 6, "cell")))

    assert loose.score == pytest.approx(0.6 / 0.85)
    assert loose.details["pairs"] == [[0, 0, 0.6]]


def test_box_of_another_label_is_no_hit():
    result = grade("box", boxes((0, 0, 10, 10, "other")), boxes((0, 0, 10, 10, "cell")))

    assert result.score == 0
    assert (result.details["missed"], result.details["spurious"]) == (1, 1)


def test_boxing_every_other_object_in_the_picture_costs_nothing():
    truth, region = boxes((10, 10, 20, 20, "cell")), {"boxes": [[0, 0, 40, 40]]}
    thorough = boxes((60, 60, 70, 70, "cell"), (10, 10, 20, 20, "cell"), (80, 10, 95, 25, "cell"))

    result = grade("box", thorough, truth, known_region=region)

    assert result.score == 1
    assert result.details["ungraded"] == [0, 2]


def test_a_box_at_the_rim_of_the_region_follows_its_partner():
    region = {"boxes": [[0, 0, 15, 40]]}
    truth = boxes((10, 10, 19, 20, "cell"))  # centre inside, x = 14.5
    drawn = boxes((11, 10, 20, 20, "cell"))  # centre outside, x = 15.5

    assert grade("box", drawn, truth, known_region=region).details["matched"] == 1
    assert grade("box", truth, drawn, known_region=region).details["spurious"] == 0


def test_mask_score_is_half_overlap_half_outline():
    result = grade("mask", disc(53, 50, 20), disc(50, 50, 20))

    assert result.score == pytest.approx((result.details["dice"] + result.details["surface_dice"]) / 2, abs=1e-3)
    assert 0.4 < result.details["surface_dice"] < result.details["dice"] < 1


def test_mask_outside_the_known_region_is_not_graded():
    truth = disc(30, 50, 15)
    extra = {"kind": "mask", "rle": encode(decode(truth["rle"]) | decode(disc(80, 50, 10)["rle"]))}

    assert grade("mask", extra, truth, known_region={"boxes": [[0, 0, 60, 100]]}).score == 1
    assert grade("mask", extra, truth).score < 1


def test_mask_of_another_picture_size_is_refused():
    with pytest.raises(ValueError, match="the picture is 50 x 50"):
        RUBRICS["mask"](disc(30, 30, 5), NOTHING, size=(50, 50))
