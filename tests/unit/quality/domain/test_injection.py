import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.domain.injection import (
    LONGEST_RUN,
    SPREAD,
    appetite,
    draw,
    feasible_rate,
    highest_rate,
    leaning,
    odds_factor,
)
from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.reliability.scored import DEFAULT_PRIOR
from quality.domain.rubrics import RubricResult


@pytest.mark.parametrize(
    ("wanted", "n_gold", "n_open", "rate"),
    [
        (0.2, 100, 100, 0.2),  # plenty
        (0.2, 10, 90, 0.1),  # gold lasts for a tenth of the answers
        (0.2, 10, 0, 0.0),  # nothing open: no gold either
        (0.2, 0, 10, 0.0),
        (0.9, 900, 100, 0.35),  # the cap
    ],
)
def test_feasible_rate(wanted, n_gold, n_open, rate):
    assert feasible_rate(wanted=wanted, n_gold=n_gold, n_open=n_open, target=5) == pytest.approx(rate)


def test_gold_that_fewer_people_may_see_lasts_less_long():
    assert feasible_rate(wanted=0.3, n_gold=10, n_open=30, target=10, gold_target=5) == pytest.approx(1 / 7)


@pytest.mark.parametrize(("n_gold", "n_open"), [(15, 60), (30, 120), (33, 67)])
def test_gold_does_not_outlast_the_open_tasks(n_gold, n_open):
    def left(seed: int, *, ending: bool) -> int:
        rng, gold, open_ = np.random.default_rng(seed), n_gold, n_open
        highest = highest_rate(n_gold / (n_gold + n_open))
        while open_:
            hand = draw(rng, places=10, highest=highest, n_gold=gold, n_open=open_, ending=ending)
            gold, open_ = gold - hand.n_gold, open_ - hand.n_open
        return gold

    assert np.mean([left(seed, ending=True) > 0 for seed in range(300)]) < 0.1
    assert np.mean([left(seed, ending=False) > 0 for seed in range(300)]) > 0.2


def test_a_rate_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        feasible_rate(wanted=20, n_gold=1, n_open=1)


@given(st.integers(0, 2**32), st.integers(0, 60), st.floats(0, 1), st.integers(0, 30), st.integers(0, 30))
def test_a_draw_never_deals_what_is_not_there(seed, places, rate, n_gold, n_open):
    hand = draw(np.random.default_rng(seed), places=places, highest=rate, n_gold=n_gold, n_open=n_open)

    assert hand.n_gold <= n_gold
    assert hand.n_open <= n_open
    assert len(hand.is_gold) == len(hand.chances) == places or hand.n_open == n_open
    assert all(0 <= chance <= rate for chance in hand.chances)
    runs = "".join("g" if gold else "o" for gold in hand.is_gold).split("o")
    assert max(len(run) for run in runs) <= LONGEST_RUN


def test_a_draw_counts_the_run_before_it():
    hands = [
        draw(np.random.default_rng(s), places=1, highest=1.0, n_gold=9, n_open=1, last_run=LONGEST_RUN)
        for s in range(5)
    ]

    assert [hand.is_gold for hand in hands] == [[False]] * 5


def test_every_place_is_as_likely_to_be_gold():
    hands = np.array(
        [draw(np.random.default_rng(s), places=10, highest=0.2, n_gold=500, n_open=500).is_gold for s in range(4000)]
    )

    # 4000 draws at .2: standard error .0063; the cap on runs takes .0016 off from the fourth place on.
    assert np.abs(hands.mean(axis=0) - 0.2).max() < 0.025
    together = (hands[:, :-1] & hands[:, 1:]).mean(axis=0)
    assert np.abs(together - 0.04).max() < 0.02  # neighbours know nothing of one another


def known(right, wrong, *, truth="cat", said="dog"):
    """Somebody with so many right and wrong answers to tasks of one class."""
    estimator, state = ESTIMATORS["class"], None
    for hit in [True] * right + [False] * wrong:
        details = {"truth": truth, "said": truth if hit else said}
        state = estimator.update(state, RubricResult(float(hit), details))
    return estimator.estimate(state, DEFAULT_PRIOR)


def test_appetite_falls_with_what_is_known():
    hungers = [appetite(None), *(appetite(known(n, 0)) for n in (4, 16, 64))]

    assert hungers[0] == 1
    assert hungers == sorted(hungers, reverse=True)
    assert hungers[-1] < 0.4


def test_nobody_moves_their_share_of_gold_by_answering_wrongly():
    """People who conspire would see gold less often, or more, than what else they see."""
    honest, liar = known(12, 0), known(0, 12)

    assert honest.mean > 0.9 > 0.2 > liar.mean
    assert appetite(honest) == appetite(liar)


def test_a_class_never_met_is_still_to_be_learnt():
    both = {"cat": 0.5, "dog": 0.5}
    one_sided = known(20, 0)

    assert appetite(one_sided, prevalence=both) > appetite(one_sided, prevalence={"cat": 1.0}) + 0.1


def test_appetite_returns_after_a_change():
    estimator, state = ESTIMATORS["class"], None
    hungers = []
    for number in range(120):
        hit = number < 60 or number % 3 == 0
        details = {"truth": "cat", "said": "cat" if hit else "dog"}
        state = estimator.update(state, RubricResult(float(hit), details))
        hungers.append(appetite(estimator.estimate(state, DEFAULT_PRIOR), prevalence={"cat": 0.5, "dog": 0.5}))

    assert state["watch"]["changes"] == 1
    assert max(hungers[60:90]) > hungers[59] * 1.3


def test_other_kinds_go_by_how_much_evidence_there_is():
    little = Reliability(mean=0.8, low=0.5, high=0.95, n=2, state={"worth": 2.0})
    much = Reliability(mean=0.8, low=0.75, high=0.85, n=80, state={"worth": 80.0})

    assert appetite(much) < 0.4 < appetite(little) < 1


@pytest.mark.parametrize("typical", [-0.3, -0.1, 0.0, 0.2])
def test_what_a_person_meets_stays_within_a_factor(typical):
    factors = [odds_factor(leaning(hunger), typical=typical) for hunger in np.linspace(0, 1, 21)]
    # The rates that these odds make of a pool with a fifth of gold.
    rates = [factor * 0.2 / (factor * 0.2 + 0.8) for factor in factors]

    assert max(rates) / min(rates) <= SPREAD
    assert max(rates) <= highest_rate(0.2)
    assert highest_rate(0.45) == 0.5


def test_a_factor_moves_the_odds():
    rng = np.random.default_rng(7)
    shares = [
        np.mean([draw(rng, places=10, highest=1, n_gold=2000, n_open=8000, factor=f).is_gold for _ in range(800)])
        for f in (0.8, 1.25)
    ]

    # Odds of 1/4 times the factor: .167 and .238; 8000 draws: standard error .005.
    assert shares == pytest.approx([1 / 6, 0.2381], abs=0.015)
