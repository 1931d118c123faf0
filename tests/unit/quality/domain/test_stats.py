import numpy as np
import pytest

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
