import copy
import json

import numpy as np
import pytest

from quality.domain.reliability import ESTIMATORS, Prior
from quality.domain.reliability.scored import DEFAULT_PRIOR, MEMORY, changes_of
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


def test_a_newcomers_intervals_are_the_crowds():
    crowd = [after(([RIGHT] * 9 + [WRONG]) * 4)] * 40
    prior = CLASS.population(crowd)

    assert CLASS.profile(None, prior)["said cat for cat"].mean == pytest.approx(0.9, abs=0.05)
    whole = CLASS.profile(None, prior)
    assert CLASS.right(None, prior) == {name: whole[name] for name in CLASS.right(None, prior)}
    assert set(CLASS.right(None, prior)) == {"said cat for cat", "said dog for dog"}


def test_a_label_nobody_met_before_is_no_trouble():
    prior = CLASS.population([after([RIGHT, WRONG] * 10)] * 5)
    new = CLASS.update(None, RubricResult(0.0, {"truth": "owl", "said": "cat"}))

    cells = CLASS.profile(new, prior)

    assert len(cells) == 9
    assert sum(cells[f"said {said} for owl"].mean for said in ("cat", "dog", "owl")) == pytest.approx(1)


def coin(rng, accuracy, n):
    return [RIGHT if hit else WRONG for hit in rng.random(n) < accuracy]


def test_good_then_lazy_shows_within_15_answers():
    rng, noticed = np.random.default_rng(0), []
    for _ in range(200):
        state = after(coin(rng, 0.93, 40))
        before = changes_of(state)
        for result in coin(rng, 1 / 3, 15):
            state = CLASS.update(state, result)
        noticed.append(changes_of(state) > before)
        if noticed[-1]:
            assert CLASS.estimate(state, DEFAULT_PRIOR).mean < 0.7

    assert np.mean(noticed) >= 0.9


@pytest.mark.parametrize("accuracy", [0.97, 0.9, 0.8])
def test_the_steady_are_left_in_peace(accuracy):
    rng = np.random.default_rng(1)

    suspected = [changes_of(after(coin(rng, accuracy, 200))) > 0 for _ in range(300)]

    assert np.mean(suspected) <= 0.1


def test_old_answers_fade():
    state = after([WRONG, RIGHT, RIGHT] * 100)

    assert state["n"] == 300
    assert state["worth"] == pytest.approx(MEMORY)
    assert sum(state["confusion"]["cat"].values()) == pytest.approx(MEMORY)


def test_a_stratum_starts_from_the_person_and_goes_its_own_way():
    state = after([RIGHT] * 30)
    untouched = CLASS.stratum(state, "hard", DEFAULT_PRIOR)
    for _ in range(20):
        state = CLASS.update(state, WRONG, stratum="hard")

    assert untouched.mean == pytest.approx(CLASS.estimate(after([RIGHT] * 30), DEFAULT_PRIOR).mean)
    assert CLASS.stratum(state, "hard", DEFAULT_PRIOR).mean < 0.3 < untouched.mean


def test_states_written_by_the_first_version_go_on():
    old = {"kind": "class", "n": 2, "score_sum": 1.0, "abstained": 0, "confusion": {"cat": {"cat": 1, "dog": 1}}}

    new = CLASS.update(old, RIGHT)

    assert (new["n"], new["worth"], new["confusion"]["cat"]["cat"]) == (3, 3, 2)
    assert 0 < CLASS.estimate(old, CLASS.population([old, new])).mean < 1


def test_how_well_somebody_outlines_is_a_share_however_little_is_known():
    mask = ESTIMATORS["mask"]
    outline = {"dice": 0.97, "surface_dice": 0.99, "area_ratio": 1.0, "empty_truth": False, "offset": 0.1}
    once = mask.update(None, RubricResult(0.97, outline | {"sensitivity": 1.0, "specificity": 0.99}))
    for state in (None, once):
        profile = mask.profile(state, DEFAULT_PRIOR)
        for name in ("sensitivity", "specificity"):
            assert 0 <= profile[name].low < profile[name].mean < profile[name].high <= 1
