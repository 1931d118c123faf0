"""Gold, the others' consensus and the crowd in one posterior."""

import numpy as np
import pytest

from quality.domain.reliability import ESTIMATORS
from quality.domain.reliability.peers import heard
from quality.domain.reliability.scored import MEMORY
from quality.domain.rubrics import RubricResult

CLASS = ESTIMATORS["class"]
CLASSES, VOTES, TASKS, PEOPLE = 3, 5, 400, 30
CROWDS = 16
SKILLS = {
    "one kind": lambda rng: rng.beta(8, 2.5, PEOPLE),
    "a quarter guess": lambda rng: np.where(rng.random(PEOPLE) < 0.25, 1 / CLASSES, rng.beta(20, 4, PEOPLE)),
}


def crowd(skills, n_gold, rng):
    """States of people who met `n_gold` gold tasks and many open ones, on which they err alike: some are hard."""
    states = []
    for skill in skills:
        hits = int(rng.binomial(n_gold, skill))
        states.append(of_gold(n_gold, hits))
    hard = rng.random(TASKS) < 0.15
    for is_hard in hard:
        who = rng.choice(PEOPLE, VOTES, replace=False)
        easy = np.minimum((skills[who] - 0.15 * 0.5 * skills[who]) / 0.85, 1)
        right = rng.random(VOTES) < np.where(is_hard, 0.5 * skills[who], easy)
        wrong = np.where(rng.random(VOTES) < 0.5, 1, 2)
        said = np.where(right, 0, wrong)
        for i, person in enumerate(who):
            states[person] = told(states[person], (np.delete(said, i) == said[i]).mean())
    return states


def told(state, score):
    """Of an answer, by the others alone."""
    return CLASS.hear(state, RubricResult(float(score)))


def of_gold(n, hits):
    if n == 0:
        return None
    sums = {"worth": n, "score_sum": float(hits), "score_squares": float(hits)}
    return {"kind": "class", "n": n, "abstained": 0, **sums}


def by_gold(state):
    return {key: value for key, value in state.items() if key != "peers"}


@pytest.mark.parametrize("n_gold", [5, 20])
def test_the_peers_halve_the_error_and_the_intervals_stay_true(n_gold):
    errors, alone, hits = [], [], []
    for seed in range(CROWDS):
        rng = np.random.default_rng(seed)
        skills = list(SKILLS.values())[seed % 2](rng)
        states = crowd(skills, n_gold, rng)
        prior = CLASS.population(states)
        found = [CLASS.estimate(state, prior) for state in states]
        less = CLASS.population([by_gold(state) for state in states])
        errors += [one.mean - skill for one, skill in zip(found, skills, strict=True)]
        alone += [CLASS.estimate(by_gold(s), less).mean - skill for s, skill in zip(states, skills, strict=True)]
        hits += [one.low <= skill <= one.high for one, skill in zip(found, skills, strict=True)]

    assert np.std(errors) < {5: 0.6, 20: 0.75}[n_gold] * np.std(alone)
    assert 0.86 <= np.mean(hits) <= 0.94


def test_somebody_without_gold_is_known_by_the_others():
    rng = np.random.default_rng(1)
    skills = np.linspace(0.4, 0.95, PEOPLE)
    states = crowd(skills, 10, rng)
    unmet = [{**told(None, 0.5), "peers": state["peers"]} for state in states[::5]]
    prior = CLASS.population(states)

    means = [CLASS.estimate(state, prior).mean for state in unmet]

    assert np.abs(np.array(means) - skills[::5]).mean() < 0.08
    newcomer = CLASS.estimate(None, prior)
    assert newcomer.high - newcomer.low > 1.5 * np.mean(
        [found.high - found.low for found in (CLASS.estimate(state, prior) for state in unmet)]
    )


def test_agreement_that_tells_nothing_counts_for_nothing():
    rng = np.random.default_rng(2)
    skills = rng.beta(4, 2, PEOPLE)
    states = [of_gold(100, int(rng.binomial(100, skill))) for skill in skills]
    alone = CLASS.population(states)
    noisy = []
    for state in states:
        for score in rng.random(50):
            state = told(state, score)
        noisy.append(state)
    prior = CLASS.population(noisy)

    moved = [CLASS.estimate(a, prior).mean - CLASS.estimate(b, alone).mean for a, b in zip(noisy, states, strict=True)]

    assert np.abs(moved).max() < 0.04


def test_without_any_gold_those_who_agree_are_believed_more():
    states = []
    for share in (0.9, 0.8, 0.4):
        state = None
        for i in range(50):
            state = told(state, i % 10 < 10 * share)
        states.append(state)
    prior = CLASS.population(states)
    found = [CLASS.estimate(state, prior) for state in states]
    assert found[0].mean > found[1].mean > found[2].mean + 0.2
    assert [one.n for one in found] == [0, 0, 0]


def test_who_changed_for_the_worse_is_no_more_who_the_others_knew():
    state = None
    for _ in range(40):
        state = CLASS.update(told(state, 0.9), RubricResult(1.0, {"truth": "cat", "said": "cat"}))
    for _ in range(15):
        state = CLASS.update(state, RubricResult(0.0, {"truth": "cat", "said": "dog"}))
    assert state["watch"]["changes"] == 1
    assert "peers" not in state


def test_old_scores_fade():
    sums = None
    for score in [0.0] * 300 + [1.0] * 250:
        sums = heard(sums, score, {}, memory=MEMORY)
    assert sums["worth"] == pytest.approx(MEMORY)
    assert sums["sum"] / sums["worth"] > 0.6
