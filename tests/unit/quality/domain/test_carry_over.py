import numpy as np
import pytest

from quality.domain.reliability import ESTIMATORS
from quality.domain.reliability.carry_over import REAL, SYNTHETIC, believed, carry_over
from quality.domain.rubrics import RubricResult

CLASS = ESTIMATORS["class"]


def played(rng, on_synthetic, on_real, n_real=30):
    state = None
    for stratum, accuracy, n in ((SYNTHETIC, on_synthetic, 60), (REAL, on_real, n_real)):
        for hit in rng.random(n) < accuracy:
            result = RubricResult(float(hit), {"truth": "cat", "said": "cat" if hit else "dog"})
            state = CLASS.update(state, result, stratum=stratum)
    return state


def test_before_both_kinds_were_answered_nothing_is_said():
    assert carry_over(None) is None
    assert carry_over(CLASS.update(None, RubricResult(1.0, {"truth": "a", "said": "a"}), stratum=REAL)) is None


def test_who_is_better_on_synthetic_pictures_is_weighed_by_the_real_ones():
    state = played(np.random.default_rng(0), 0.95, 0.6, n_real=60)

    assert carry_over(state).low > 0.1
    assert believed(state, 0.8) == pytest.approx(0.6, abs=0.15)


def test_who_is_alike_keeps_the_overall_figure():
    assert believed(played(np.random.default_rng(1), 0.9, 0.9), 0.88) == 0.88


def test_the_difference_is_covered_and_unbiased():
    rng, covered, gaps = np.random.default_rng(2), [], []
    for _ in range(400):
        synthetic, real = rng.uniform(0.6, 0.95, 2)
        found = carry_over(played(rng, synthetic, real))
        covered.append(found.low <= synthetic - real <= found.high)
        gaps.append(found.mean - (synthetic - real))

    assert 0.86 <= np.mean(covered) <= 0.95
    assert abs(np.mean(gaps)) < 0.03
