import copy
import json

import pytest

from quality.domain.reliability import ESTIMATORS, Prior
from quality.domain.reliability.beta import DEFAULT_PRIOR
from quality.domain.rubrics import RubricResult

CLASS = ESTIMATORS["class"]
RIGHT = RubricResult(1.0, {"truth": "cat", "said": "cat"})
WRONG = RubricResult(0.0, {"truth": "cat", "said": "dog"})
PAIRS = [[0, 0, 0.9]]
EXAMPLES = {
    "class": RIGHT,
    "box": RubricResult(0.8, {"matched": 1, "missed": 1, "spurious": 0, "pairs": PAIRS}),
    "mask": RubricResult(0.7, {"dice": 0.8, "surface_dice": 0.6, "area_ratio": 1.1, "empty_truth": False}),
}


def after(results, estimator=CLASS):
    state = None
    for result in results:
        state = estimator.update(state, result)
    return state


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_state_is_json_and_update_leaves_the_old_one_alone(kind):
    old = ESTIMATORS[kind].update(None, EXAMPLES[kind])
    kept = copy.deepcopy(old)

    new = ESTIMATORS[kind].update(old, EXAMPLES[kind])

    assert old == kept
    assert json.loads(json.dumps(new)) == new
    assert new["n"] == 2


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_newcomer_stands_at_the_population_mean(kind):
    newcomer = ESTIMATORS[kind].estimate(None, Prior(alpha=6, beta=4))

    assert (newcomer.mean, newcomer.n) == (0.6, 0)
    assert newcomer.low < 0.4
    assert newcomer.high > 0.8


def test_posterior_mean_by_hand():
    # Beta(3, 1) and 4 right of 5: (3 + 4) / (4 + 5).
    assert CLASS.estimate(after([RIGHT] * 4 + [WRONG]), DEFAULT_PRIOR).mean == pytest.approx(7 / 9)


def test_the_interval_narrows_with_answers():
    few = CLASS.estimate(after([RIGHT, WRONG] * 5), DEFAULT_PRIOR)
    many = CLASS.estimate(after([RIGHT, WRONG] * 100), DEFAULT_PRIOR)

    assert few.low < many.low < 0.5 < many.high < few.high


def test_abstentions_are_counted_but_neither_right_nor_wrong():
    state = after([RIGHT, RubricResult(None, {"abstained": True})])

    assert (state["n"], state["abstained"]) == (1, 1)
    assert CLASS.estimate(state, DEFAULT_PRIOR).mean == pytest.approx(0.8)


def test_confusion_counts_say_what_was_taken_for_what():
    assert after([RIGHT, RIGHT, WRONG])["confusion"] == {"cat": {"cat": 2, "dog": 1}}


def test_box_state_counts_objects():
    state = after([EXAMPLES["box"]] * 2, ESTIMATORS["box"])

    assert {key: state[key] for key in ("matched", "missed", "spurious")} == {"matched": 2, "missed": 2, "spurious": 0}
    assert state["iou_sum"] == pytest.approx(1.8)


def test_population_prior_follows_the_people():
    good = [{"n": 50, "score_sum": 47.0}] * 30
    mixed = [{"n": 50, "score_sum": 48.0}, {"n": 50, "score_sum": 20.0}] * 15

    assert CLASS.population([]) == DEFAULT_PRIOR
    assert CLASS.population(good).mean == pytest.approx(0.92, abs=0.03)
    # Alike people make a strong prior, unlike people a weak one.
    strength = {
        name: sum((p.alpha, p.beta))
        for name, p in [("good", CLASS.population(good)), ("mixed", CLASS.population(mixed))]
    }
    assert strength["good"] > 2 * strength["mixed"]


def test_one_person_hardly_moves_the_population():
    prior = CLASS.population([{"n": 3, "score_sum": 0.0}])

    assert 0.65 < prior.mean < 0.75
