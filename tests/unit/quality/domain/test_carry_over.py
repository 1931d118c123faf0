import numpy as np

from quality.domain.reliability import ESTIMATORS
from quality.domain.reliability.carry_over import FEWEST, REAL, SYNTHETIC, carry_over, real_alone_tells
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
    assert real_alone_tells(state)


def test_who_is_alike_is_known_by_both():
    rng = np.random.default_rng(1)
    assert not real_alone_tells(None)
    assert np.mean([real_alone_tells(played(rng, 0.9, 0.9)) for _ in range(300)]) < 0.03


def test_a_guesser_who_was_right_on_the_first_real_pictures_is_no_newcomer():
    state = None
    for stratum, scores in ((SYNTHETIC, [0.0] * 12), (REAL, [1.0] * (FEWEST - 1))):
        for score in scores:
            details = {"truth": "cat", "said": "cat" if score else "dog"}
            state = CLASS.update(state, RubricResult(score, details), stratum=stratum)
    assert carry_over(state).high < 0
    assert not real_alone_tells(state)


def test_the_difference_is_covered_and_unbiased():
    rng, covered, gaps = np.random.default_rng(2), [], []
    for _ in range(400):
        synthetic, real = rng.uniform(0.6, 0.95, 2)
        found = carry_over(played(rng, synthetic, real))
        covered.append(found.low <= synthetic - real <= found.high)
        gaps.append(found.mean - (synthetic - real))

    assert 0.86 <= np.mean(covered) <= 0.95
    assert abs(np.mean(gaps)) < 0.03
