import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from quality.domain.consensus import Fused
from quality.domain.recalibration import Recalibration, recalibrated

shares = st.floats(0, 1)
pairs = st.lists(st.tuples(shares, shares), max_size=40)


def overconfident(n, *, shift, spread, seed=0):
    """`n` labels that are worse than expected by `shift` on the logit scale; `spread` 0: outcomes right or wrong, else
    a quality that spreads so far around its mean."""
    rng = np.random.default_rng(seed)
    expected = rng.uniform(0.75, 0.99, n)
    mean = expit(logit(expected) + shift)
    realised = rng.random(n) < mean if spread == 0 else np.clip(rng.normal(mean, spread), 0, 1)
    return expected, realised.astype(float)


def test_nothing_known_changes_nothing():
    assert Recalibration.fit([], []).apply(0.83) == 0.83


@pytest.mark.parametrize(("spread", "n"), [(0, 400), (0.05, 60)])
def test_what_is_expected_becomes_what_comes_of_it(spread, n):
    learnt = Recalibration.fit(*overconfident(n, shift=-1.2, spread=spread))
    expected, realised = overconfident(4000, shift=-1.2, spread=spread, seed=1)
    after = np.array([learnt.apply(e) for e in expected])

    assert abs(expected.mean() - realised.mean()) > 0.1
    assert after.mean() == pytest.approx(realised.mean(), abs=0.03)


def test_the_closer_outcomes_lie_together_the_sooner_it_learns():
    """A dozen Dice values tell more than a dozen rights and wrongs."""
    mistakes = {}
    for spread in (0.03, 0):
        shifts = [Recalibration.fit(*overconfident(12, shift=-1, spread=spread, seed=k)).shift for k in range(20)]
        mistakes[spread] = np.mean(np.abs(np.array(shifts) + 1))
    assert mistakes[0.03] < mistakes[0] / 2


def test_a_single_wrong_label_moves_little():
    learnt = Recalibration.fit([0.97], [0.0])
    assert 0.8 < learnt.apply(0.97) < 0.97


def test_little_that_went_as_expected_leaves_more_doubt_than_much():
    certain = [Recalibration.fit([0.95] * n, [1.0] * n).apply(0.95) for n in (2, 20, 200)]
    assert certain == sorted(certain)
    assert certain[0] < 0.94 < 0.97 < certain[2]


@given(pairs, shares, shares)
def test_it_keeps_the_order_and_the_range(known, one, other):
    learnt = Recalibration.fit([e for e, _ in known], [r for _, r in known])
    low, high = sorted((one, other))
    assert 0 <= learnt.apply(low) <= learnt.apply(high) <= 1


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="one realised quality a label"):
        Recalibration.fit([0.5, 0.6], [1.0])


def fused(**probabilities):
    best = max(probabilities, key=lambda key: probabilities[key])
    return Fused({"kind": "class", "label": best}, probabilities, 0.1, [1.0], "m")


@given(pairs, st.lists(st.floats(0.001, 1), min_size=1, max_size=5))
def test_a_class_keeps_its_label_and_its_probabilities_their_sum(known, weights):
    learnt = Recalibration.fit([e for e, _ in known], [r for _, r in known])
    before = fused(**{f"c{i}": w / sum(weights) for i, w in enumerate(weights)})
    after = recalibrated("class", before, learnt)

    assert after.answer == before.answer
    assert max(after.probabilities.values()) == after.probabilities[before.answer["label"]]
    assert sum(after.probabilities.values()) == pytest.approx(1, abs=1e-4)
    assert 0 <= after.uncertainty <= 1 + 1e-6


def test_a_class_that_nothing_spoke_against_is_doubted_all_the_same():
    after = recalibrated("class", fused(cat=1.0, dog=0.0), Recalibration.fit([1.0] * 50, [1.0] * 40 + [0.0] * 10))
    assert 0.8 < after.probabilities["cat"] < 0.95
    assert after.probabilities["dog"] == pytest.approx(1 - after.probabilities["cat"], abs=1e-6)


def test_of_outlines_the_uncertainty_follows():
    before = Fused({"kind": "nothing"}, {"nothing": 1.0}, 0.05, [1.0], "m")
    after = recalibrated("mask", before, Recalibration.fit([0.95] * 30, [0.7] * 30))
    assert 1 - after.uncertainty == pytest.approx(0.7, abs=0.04)
    assert after.probabilities == before.probabilities
