import numpy as np
import pytest

from quality.domain.agreement import (
    krippendorff_alpha,
    mean_pairwise_box_agreement,
    mean_pairwise_dice,
    mean_pairwise_iou,
)
from quality.domain.stats import beta_interval, bootstrap_interval, wilson_interval


def test_wilson_by_the_book():
    assert wilson_interval(8, 10) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert wilson_interval(0, 10)[0] == 0.0


def test_beta_interval_of_a_flat_belief():
    assert beta_interval(1, 1) == (pytest.approx(0.05), pytest.approx(0.95))


def test_bootstrap_covers_the_mean_and_is_seeded():
    values = np.arange(20) / 19

    first = bootstrap_interval(values, rng=np.random.default_rng(0))
    again = bootstrap_interval(values, rng=np.random.default_rng(0))

    assert first == again
    assert 0.3 < first[0] < 0.5 < first[1] < 0.7


def test_bootstrap_by_group_is_wider_when_groups_are_alike_inside():
    values = [0.0] * 10 + [1.0] * 10 + [0.0] * 10 + [1.0] * 10
    groups = [name for name in "abcd" for _ in range(10)]

    alone = bootstrap_interval(values, rng=np.random.default_rng(1))
    grouped = bootstrap_interval(values, rng=np.random.default_rng(1), groups=groups)

    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_bootstrap_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_interval([], rng=np.random.default_rng(0))


def test_alpha_by_hand():
    # Coincidences: aa 2, bb 2, ab 1, ba 1; observed 2 of 6, expected 18 / 5.
    assert krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]]) == pytest.approx(1 - 2 / (18 / 5))
    assert krippendorff_alpha([["a", "a"], ["b", "b", "b"]]) == 1
    assert krippendorff_alpha([["a", "b"], ["a", "b"]]) < 0


def test_alpha_says_nothing_without_two_answers_or_two_labels():
    assert krippendorff_alpha([["a"], ["b"]]) is None
    assert krippendorff_alpha([["a", "a"]]) is None


def test_pairwise_means():
    masks = np.array([[[1, 1, 0, 0]], [[1, 1, 0, 0]], [[0, 0, 1, 1]]], dtype=bool)
    boxes = np.array([[0.0, 0, 10, 10], [0, 0, 10, 10], [5, 0, 15, 10]])

    assert mean_pairwise_dice(masks) == pytest.approx(1 / 3)
    assert mean_pairwise_dice(masks[:1]) is None
    assert mean_pairwise_iou(boxes) == pytest.approx((1 + 1 / 3 + 1 / 3) / 3)
    assert mean_pairwise_iou(boxes[:1]) is None
    none = np.zeros((0, 4))
    assert mean_pairwise_box_agreement([boxes[:1], boxes[:1], none]) == pytest.approx(1 / 3)
    assert mean_pairwise_box_agreement([none, none]) == 1
    assert mean_pairwise_box_agreement([none]) is None
