import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.domain.injection import LONGEST_RUN, bounded_rate, draw, feasible_rate
from quality.domain.stopping import RULE


@pytest.mark.parametrize(
    ("wanted", "n_gold", "n_open", "rate"),
    [
        (0.2, 100, 100, 0.2),  # plenty
        (0.2, 10, 90, 0.1),  # gold lasts for a tenth of the answers
        (0.2, 10, 0, 0.0),  # nothing open: no gold either
        (0.2, 0, 10, 0.0),
        (0.9, 900, 100, 0.5),  # the cap
    ],
)
def test_feasible_rate(wanted, n_gold, n_open, rate):
    assert feasible_rate(wanted=wanted, n_gold=n_gold, n_open=n_open, target=5) == pytest.approx(rate)


def test_gold_that_fewer_people_may_see_lasts_less_long():
    assert feasible_rate(wanted=0.5, n_gold=10, n_open=10, target=10, gold_target=5) == pytest.approx(1 / 3)


def test_a_rate_outside_0_to_1_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        feasible_rate(wanted=20, n_gold=1, n_open=1)


def test_what_a_person_meets_stays_within_a_factor():
    assert bounded_rate(0.4, lowest=0.1, highest=0.1) == pytest.approx(0.16)
    assert bounded_rate(0.05, lowest=0.16, highest=0.16) == pytest.approx(0.1)
    assert bounded_rate(0.3, lowest=None, highest=None) == 0.3
    assert bounded_rate(0.0, lowest=0.1, highest=0.1) == 0.0  # where there is no gold none can be dealt


@given(st.integers(0, 2**32), st.integers(0, 60), st.floats(0, 1), st.integers(0, 30), st.integers(0, 30))
def test_a_draw_never_deals_what_is_not_there(seed, places, rate, n_gold, n_open):
    hand = draw(np.random.default_rng(seed), places=places, rate=rate, n_gold=n_gold, n_open=n_open)

    assert hand.n_gold <= n_gold
    assert hand.n_open <= n_open
    assert len(hand.is_gold) == places or hand.n_open == n_open
    runs = "".join("g" if gold else "o" for gold in hand.is_gold).split("o")
    assert max(len(run) for run in runs) <= LONGEST_RUN


def test_a_draw_counts_the_run_before_it():
    hands = [
        draw(np.random.default_rng(s), places=1, rate=1.0, n_gold=9, n_open=1, last_run=LONGEST_RUN) for s in range(5)
    ]

    assert [hand.is_gold for hand in hands] == [[False]] * 5


def test_every_place_is_as_likely_to_be_gold():
    hands = np.array(
        [draw(np.random.default_rng(s), places=10, rate=0.2, n_gold=500, n_open=500).is_gold for s in range(4000)]
    )

    # 4000 draws at .2: standard error .0063; the cap on runs takes .0016 off from the fourth place on.
    assert np.abs(hands.mean(axis=0) - 0.2).max() < 0.025
    together = (hands[:, :-1] & hands[:, 1:]).mean(axis=0)
    assert np.abs(together - 0.04).max() < 0.02  # neighbours know nothing of one another


def test_a_task_stops_at_its_target():
    assert [RULE.enough(counted=n, target=3) for n in (0, 2, 3, 4)] == [False, False, True, True]
    with pytest.raises(ValueError, match="at least one"):
        RULE.enough(counted=0, target=0)
