"""Gold that is unlike the open tasks counts less."""

import numpy as np
import pytest

from quality.domain.aggregation.labels import ESTIMATORS, LabelVotes
from quality.domain.aggregation.labels.shift import gold_shift

N_GOLD, N_OPEN = 80, 500


def crowd(seed, *, open_mix=(0.95, 0.05), gold_mix=None, easier=0.0, mean=0.78):
    """Votes of 30 people of unlike skill, five a task; gold tasks come first."""
    rng = np.random.default_rng(seed)
    n_labels = len(open_mix)
    truth = np.concatenate(
        [rng.choice(n_labels, N_GOLD, p=gold_mix or open_mix), rng.choice(n_labels, N_OPEN, p=open_mix)]
    )
    skill = np.clip(rng.normal(mean, 0.12, 30), 0.4, 0.97)
    skill[rng.random(30) < 0.1] = 1 / n_labels
    rows = []
    for t, true in enumerate(truth):
        for w in rng.choice(30, 5, replace=False):
            chance = np.clip(skill[w] + rng.normal(0, 0.05) + (easier if t < N_GOLD else 0), 0.02, 0.98)
            said = true if rng.random() < chance else rng.choice([k for k in range(n_labels) if k != true])
            rows.append((f"t{t:04d}", f"w{w}", f"c{said}"))
    gold = {f"t{t:04d}": f"c{truth[t]}" for t in range(N_GOLD)}
    return LabelVotes.encode(*zip(*rows, strict=True), gold=gold), truth


def accuracy(probabilities, truth):
    return np.mean(probabilities[N_GOLD:].argmax(axis=1) == truth[N_GOLD:])


@pytest.mark.parametrize(
    "unlike",
    [
        {"gold_mix": (0.5, 0.5)},
        {"easier": 0.13},
        {"easier": -0.13},
        {"gold_mix": (0.5, 0.5), "easier": 0.13},
        {"open_mix": (0.9, 0.06, 0.04), "gold_mix": (0.34, 0.33, 0.33), "easier": -0.12, "mean": 0.65},
    ],
)
def test_never_more_than_half_a_point_below_the_majority(unlike):
    for seed in range(2):
        votes, truth = crowd(seed, **unlike)

        assert accuracy(ESTIMATORS["pool"](votes), truth) >= accuracy(ESTIMATORS["majority"](votes), truth) - 0.005


def test_calibration_and_the_rare_class_hold():
    votes, truth = crowd(0, gold_mix=(0.5, 0.5))
    found = ESTIMATORS["pool"](votes)[N_GOLD:]
    is_right, rare = found.argmax(axis=1) == truth[N_GOLD:], truth[N_GOLD:] == 1

    assert abs(found.max(axis=1).mean() - is_right.mean()) < 0.04
    assert is_right[rare].mean() > 0.6


def test_a_shift_is_told_from_chance():
    alike, mixed, easy = (
        gold_shift(votes, ESTIMATORS["communities"](votes))
        for votes, _ in (crowd(1), crowd(1, gold_mix=(0.5, 0.5)), crowd(1, easier=0.15))
    )

    assert alike.mix < 0.5 < 0.9 < mixed.mix
    assert alike.difficulty < 0.4 < 0.6 < easy.difficulty
    assert easy.easier > 0.1
    assert mixed.class_weight[0] > 1.5 > 0.3 > mixed.class_weight[1]


def test_without_gold_there_is_nothing_to_compare():
    votes = LabelVotes.encode(["t", "t"], ["a", "b"], ["x", "y"])

    shift = gold_shift(votes, ESTIMATORS["majority"](votes))

    assert (shift.mix, shift.difficulty, shift.class_weight.tolist()) == (0, 0, [1, 1])
