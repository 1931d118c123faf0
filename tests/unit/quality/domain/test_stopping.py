import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.domain.consensus import FUSERS, Vote
from quality.domain.reliability import Reliability
from quality.domain.stopping import URGENCY_SPREAD, FixedRedundancy, RiskGoal, risk_of, rule_of, urgency

FIVE_PERCENT = RiskGoal(0.05)


def test_fixed_redundancy_wants_the_target_whatever_the_crowd_thinks():
    rule = FixedRedundancy()

    assert [rule.wanted(counted=n, target=3, risk=0.0) for n in (0, 2, 3)] == [3, 3, 3]
    with pytest.raises(ValueError, match="at least one"):
        rule.wanted(counted=0, target=0, risk=None)


@pytest.mark.parametrize(
    ("counted", "risk", "wanted"),
    [
        (0, None, 2),  # the least number at first
        (1, 0.0, 2),
        (2, 0.05, 2),  # the goal is met: enough
        (2, 0.06, 3),  # one more at a time
        (4, 0.30, 5),
        (5, 0.30, 5),  # never more than the target
        (2, None, 3),  # nobody could tell
    ],
)
def test_the_goal_decides_between_the_least_and_the_target(counted, risk, wanted):
    assert FIVE_PERCENT.wanted(counted=counted, target=5, risk=risk) == wanted


def test_strangers_who_agree_are_asked_for_a_third():
    assert FIVE_PERCENT.wanted(counted=2, target=5, risk=0.01, known=0) == 3
    assert FIVE_PERCENT.wanted(counted=3, target=5, risk=0.01, known=0) == 3
    assert FIVE_PERCENT.wanted(counted=2, target=2, risk=0.5, known=0) == 2


def test_a_task_that_was_done_opens_again_only_when_its_risk_is_well_above_the_goal():
    assert FIVE_PERCENT.wanted(counted=3, target=5, risk=0.07, done=True) == 3
    assert FIVE_PERCENT.wanted(counted=3, target=5, risk=0.08, done=True) == 4


@given(st.integers(0, 12), st.integers(1, 12), st.none() | st.floats(0, 1), st.floats(0, 50), st.booleans())
def test_never_more_than_the_target_and_always_one_step_at_most(counted, target, risk, known, done):
    wanted = RiskGoal(0.05, least=2).wanted(counted=counted, target=target, risk=risk, known=known, done=done)

    assert wanted <= target
    assert wanted >= min(counted, target)
    assert wanted <= max(counted + 1, 2)


@pytest.mark.parametrize(
    ("name", "goal", "least", "message"),
    [
        ("luck", 0.05, 2, "one of fixed, risk"),
        ("risk", 1.0, 2, "between 0 and 1"),
        ("risk", 0.05, 0, "at least one answer"),
    ],
)
def test_rules_that_cannot_be_are_refused(name, goal, least, message):
    with pytest.raises(ValueError, match=message):
        rule_of(name, goal=goal, least=least)


def test_the_rule_a_policy_names():
    assert rule_of("fixed", goal=0.05, least=2) == FixedRedundancy()
    assert rule_of("risk", goal=0.1, least=3) == RiskGoal(0.1, 3)


def test_risk_is_the_chance_that_the_label_is_wrong():
    people = {name: Reliability(mean=0.8, low=0.7, high=0.9, n=20) for name in "ab"}
    votes = [Vote(name, {"kind": "class", "label": "cat"}) for name in "ab"]

    fused = FUSERS["class"](votes, people, labels=["cat", "dog"], size=(8, 8))

    odds = (0.8 / 0.2) ** (2 / 1.15)  # two votes on one picture tell as much as 2 / 1.15 on two
    assert risk_of("class", fused) == pytest.approx(1 / (1 + odds), abs=1e-6)
    assert risk_of("class", None) is None


def test_risk_of_a_box_is_what_f1_is_expected_to_lack():
    votes = [Vote(name, {"kind": "box", "boxes": [[0, 0, 4, 4, "cat"]]}) for name in "abc"]

    fused = FUSERS["box"](votes, {}, labels=["cat"], size=(8, 8))

    assert risk_of("box", fused) == pytest.approx(fused.uncertainty)
    assert fused.uncertainty < 0.3


def test_what_an_answer_helps_most_is_most_urgent_within_bounds():
    weights = urgency([2, 2, 2, 5, 0], [0.4, 0.2, 0.01, 0.2, np.nan])

    assert weights[0] >= weights[1] >= weights[3] >= weights[2]
    assert weights[4] == weights.max()
    assert weights.max() / weights.min() <= URGENCY_SPREAD + 1e-9
    assert urgency([], []).size == 0
