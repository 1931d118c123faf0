"""Planted bad annotators are found at 20 known answers, and good ones are left in peace."""

import numpy as np
import pytest

from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.rubrics import RubricResult
from quality.domain.suspicion import below, suspicions

LABELS = ("cat", "dog", "owl")
GOLD, GOOD, BAD = 20, 160, 40


def area(bad, good):
    """P(a bad one ranks above a good one), ties half."""
    return float(np.mean([(b > good).mean() + 0.5 * (b == good).mean() for b in bad]))


def class_answers(rng, says, n=GOLD):
    """`says(truth)` -> what is said."""
    for truth in rng.integers(3, size=n):
        said = says(truth)
        yield RubricResult(float(said == truth), {"truth": LABELS[truth], "said": LABELS[said]})


def careful(rng, accuracy):
    return lambda truth: truth if rng.random() < accuracy else (truth + rng.integers(1, 3)) % 3


def box_answers(rng, finds, invents, n=GOLD):
    for _ in range(n):
        matched, spurious = int(rng.binomial(4, finds)), int(rng.poisson(invents))
        details = {"matched": matched, "missed": 4 - matched, "spurious": spurious, "pairs": [[0, 0, 0.8]] * matched}
        yield RubricResult(2 * 0.9 * matched / (4 + matched + spurious), details)


def mask_answers(rng, hits, fit, n=GOLD):
    for _ in range(n):
        dice = float(np.clip(rng.normal(fit, 0.08), 0, 1)) if rng.random() < hits else float(rng.uniform(0, 0.2))
        details = {"dice": dice, "surface_dice": dice, "area_ratio": 1.0, "empty_truth": False}
        yield RubricResult(dice, details)


def crowd(kind, rng):
    """(results of good people, results of bad ones)."""
    if kind == "class":
        good = [class_answers(rng, careful(rng, rng.uniform(0.7, 0.97))) for _ in range(GOOD)]
        bad = [class_answers(rng, lambda truth: int(rng.integers(3))) for _ in range(BAD // 2)]
        bad += [class_answers(rng, lambda truth: 1) for _ in range(BAD // 4)]
        bad += [class_answers(rng, careful(rng, 0.45)) for _ in range(BAD // 4)]
    elif kind == "box":
        good = [box_answers(rng, rng.uniform(0.6, 0.95), rng.uniform(0, 0.5)) for _ in range(GOOD)]
        bad = [box_answers(rng, 0.1, rng.uniform(1, 4)) for _ in range(BAD)]
    else:
        good = [mask_answers(rng, rng.uniform(0.85, 1), rng.uniform(0.7, 0.95)) for _ in range(GOOD)]
        bad = [mask_answers(rng, rng.uniform(0.1, 0.4), 0.6) for _ in range(BAD)]
    return good, bad


def known(kind, people):
    estimator, states = ESTIMATORS[kind], []
    for results in people:
        state = None
        for result in results:
            state = estimator.update(state, result)
        states.append(state)
    prior = estimator.population(states)
    return {i: estimator.estimate(state, prior) for i, state in enumerate(states)}


@pytest.mark.parametrize(("kind", "guessing"), [("class", 1 / 3), ("box", 0.0), ("mask", 0.0)])
def test_planted_bad_annotators_are_found_at_twenty_known_answers(kind, guessing):
    areas, flagged_good, flagged_bad = [], [], []
    for seed in range(6):
        good, bad = crowd(kind, np.random.default_rng(seed))
        found = suspicions(known(kind, [*good, *bad]), guessing=guessing)
        chance = np.array([found[i].probability for i in range(GOOD + BAD)])
        areas.append(area(chance[GOOD:], chance[:GOOD]))
        flagged_good += [found[i].is_suspect for i in range(GOOD)]
        flagged_bad += [found[i].is_suspect for i in range(GOOD, GOOD + BAD)]

    assert np.mean(areas) >= 0.95
    assert np.mean(flagged_good) <= 0.01
    assert np.mean(flagged_bad) >= 0.6


def test_a_crowd_of_equals_has_no_suspects():
    rng = np.random.default_rng(9)
    people = known("class", [class_answers(rng, careful(rng, 0.8)) for _ in range(300)])

    assert not any(found.is_suspect for found in suspicions(people, guessing=1 / 3).values())


def test_nobody_is_suspected_on_a_handful_of_answers():
    rng = np.random.default_rng(1)
    people = [class_answers(rng, careful(rng, 0.9)) for _ in range(20)] + [class_answers(rng, lambda t: 1, n=4)]

    assert suspicions(known("class", people), guessing=1 / 3)[20].reasons == ()


def test_who_keeps_wrong_proposals_and_who_changed_are_told_apart():
    person = {"mean": 0.85, "low": 0.75, "high": 0.93, "n": 40}
    people = {
        "fine": Reliability(**person, state={"planted": {"shown": 12, "kept": 1}}),
        "stamps": Reliability(**person, state={"planted": {"shown": 12, "kept": 12}}),
        "tired": Reliability(**person, state={"watch": {"changes": 1}}),
    }
    found = suspicions(people, guessing=0.5)

    assert found["fine"].reasons == ()
    assert "wrong on purpose" in " ".join(found["stamps"].reasons)
    assert "changed for the worse, once" in " ".join(found["tired"].reasons)


def test_the_chance_of_being_below_a_bound():
    half = Reliability(mean=0.5, low=0.4, high=0.6, n=60)
    assert below(half, 0.5) == pytest.approx(0.5, abs=0.01)
    assert below(half, 0.6) == pytest.approx(0.95, abs=0.01)
