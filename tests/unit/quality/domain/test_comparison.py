import numpy as np
import pytest

from quality.domain.calibration import expected_calibration_error, release
from quality.domain.comparison import compare_paired, holm


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_normal_differences_get_a_t_test_and_others_a_rank_test():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.6, 0.9, 40)

    normal = compare_paired(base + rng.normal(0.05, 0.02, 40), base, rng=rng)
    skewed = compare_paired(base + rng.lognormal(-4, 1.5, 40), base, rng=rng)

    assert (normal.test, skewed.test) == ("paired t", "Wilcoxon signed-rank")
    assert normal.low < 0.05 < normal.high
    assert max(normal.p, skewed.p) < 0.001
    assert normal.n == 40


def test_no_difference_is_no_trouble():
    same = compare_paired([0.5, 0.6], [0.5, 0.6], rng=np.random.default_rng(0))

    assert (same.difference, same.p) == (0, 1)


def test_pairs_of_one_patient_count_as_one():
    rng = np.random.default_rng(1)
    patients = [p for p in range(6) for _ in range(20)]
    effect = np.repeat(rng.normal(0.02, 0.05, 6), 20) + rng.normal(0, 0.005, 120)

    alone, grouped = (
        compare_paired(effect, np.zeros(120), rng=np.random.default_rng(2), groups=groups)
        for groups in (None, patients)
    )

    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    assert grouped.p > alone.p


def test_unpaired_values_are_refused():
    with pytest.raises(ValueError, match="two rows of one length"):
        compare_paired([1.0], [1.0, 2.0], rng=np.random.default_rng(0))


def test_calibration_by_hand():
    assert expected_calibration_error([0.75] * 4, [1, 1, 1, 0]) == 0
    assert expected_calibration_error([1.0, 1.0, 0.2, 0.2], [1, 0, 1, 0]) == pytest.approx((2 * 0.5 + 2 * 0.3) / 4)


def test_what_is_released_is_checked_on_held_back_truth():
    found = release([0.99, 0.96, 0.97, 0.5], target=0.95, realised=[0.97, np.nan, 0.9, 0.2])

    assert found.is_released == [True, True, True, False]
    assert (found.checked, found.good, found.share) == (2, 1, 0.5)
    assert found.low < 0.5 < found.high
    assert release([0.5], target=0.9).share is None
