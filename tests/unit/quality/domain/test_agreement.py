"""Agreement, by hand where it can be, and its intervals where people and pictures differ."""

import numpy as np
import pytest

from quality.domain.agreement import (
    box_likeness,
    fleiss_kappa,
    krippendorff_alpha,
    nominal_agreement,
    pairwise_agreement,
    structured_agreement,
)
from quality.domain.metrics import dice


def test_alpha_by_hand():
    # Coincidences: aa 2, bb 2, ab 1, ba 1; observed 2 of 6, expected 18 / 5.
    assert krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]]) == pytest.approx(1 - 2 / (18 / 5))
    assert krippendorff_alpha([["a", "a"], ["b", "b", "b"]]) == 1
    assert krippendorff_alpha([["a", "b"], ["a", "b"]]) < 0


def test_alpha_says_nothing_without_two_answers_or_two_labels():
    assert krippendorff_alpha([["a"], ["b"]]) is None
    assert krippendorff_alpha([["a", "a"]]) is None


def test_fleiss_by_hand():
    # Agreement 1, 1, 0: mean 2/3; a and b half each: chance 1/2.
    assert fleiss_kappa([["a", "a"], ["b", "b"], ["a", "b"]]) == pytest.approx((2 / 3 - 1 / 2) / (1 / 2))
    assert fleiss_kappa([["a"], ["b"]]) is None
    assert fleiss_kappa([["a", "a"]]) is None


def test_everybody_against_everybody():
    mask, other = np.eye(4, dtype=bool), ~np.eye(4, dtype=bool)
    answers = {"t1": {"ann": mask, "bob": mask}, "t2": {"ann": mask, "bob": other, "eve": other}}

    found = {
        (p.first, p.second): (p.mean, p.n) for p in pairwise_agreement(answers, dice, rng=np.random.default_rng(0))
    }

    assert found == {("ann", "bob"): (0.5, 2), ("ann", "eve"): (0.0, 1), ("bob", "eve"): (1.0, 1)}


def crowd(rng, n_tasks=200, n_people=12, each=4, accuracy=None):
    """(task, person, label) of people who are right with their own chance, on three labels."""
    accuracy = np.full(n_people, 0.8) if accuracy is None else accuracy
    for task, truth in enumerate(rng.integers(3, size=n_tasks)):
        for person in rng.choice(n_people, each, replace=False):
            right = rng.random() < accuracy[person]
            yield f"t{task}", f"p{person}", int(truth if right else (truth + rng.integers(1, 3)) % 3)


def test_the_table_and_the_plain_coefficients_are_one():
    votes = list(crowd(np.random.default_rng(0)))
    by_task = {}
    for task, _, label in votes:
        by_task.setdefault(task, []).append(label)

    found = nominal_agreement(votes, rng=np.random.default_rng(1), resamples=20)

    assert found.alpha.value == pytest.approx(krippendorff_alpha(by_task.values()))
    assert found.kappa.value == pytest.approx(fleiss_kappa(by_task.values()))
    assert (found.tasks, found.people, found.answers) == (200, 12, 800)


def test_the_interval_over_pictures_covers_the_coefficient_of_all_pictures():
    everything = nominal_agreement(crowd(np.random.default_rng(7), n_tasks=20_000), rng=np.random.default_rng(0),
                                   resamples=2).alpha.value  # fmt: skip
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        low, high = nominal_agreement(crowd(rng, n_tasks=120), rng=rng, resamples=200).alpha.by_task
        hits += low <= everything <= high

    assert hits >= 51  # of 60: 95 % would be 57


def test_people_who_differ_widen_the_interval_over_people():
    rng = np.random.default_rng(3)
    alike = nominal_agreement(crowd(rng), rng=rng, resamples=200).alpha
    mixed = nominal_agreement(crowd(rng, accuracy=np.where(np.arange(12) % 2, 0.95, 0.35)), rng=rng, resamples=200)

    def width(interval):
        return interval[1] - interval[0]

    assert width(mixed.alpha.by_person) > 1.5 * width(alike.by_person)
    assert width(mixed.alpha.by_person) > width(mixed.alpha.by_task)


def test_answers_of_one_label_or_of_one_person_say_nothing():
    found = nominal_agreement([("t1", "a", "x"), ("t1", "b", "x"), ("t2", "a", "x")], rng=np.random.default_rng(0))
    assert (found.alpha.value, found.kappa.value, found.mean.value) == (None, None, 1.0)
    nobody = nominal_agreement([("t1", "a", "x")], rng=np.random.default_rng(0))
    assert (nobody.alpha.value, nobody.mean.value, nobody.tasks) == (None, None, 0)


def disc(x, y, r=6):
    rows, columns = np.mgrid[:48, :48]
    return (rows - y) ** 2 + (columns - x) ** 2 < r * r


def test_outlines_have_an_alpha_of_their_own():
    rng = np.random.default_rng(0)
    centres = rng.integers(8, 40, (40, 2))
    same = {t: {p: disc(*centre) for p in "abc"} for t, centre in enumerate(centres)}
    loose = {t: {p: disc(*(centre + rng.integers(-4, 5, 2))) for p in "abc"} for t, centre in enumerate(centres)}
    anything = {t: {p: disc(*rng.integers(8, 40, 2)) for p in "abc"} for t in range(40)}

    found = [structured_agreement(answers, dice, rng=rng, resamples=100) for answers in (same, loose, anything)]

    assert found[0].alpha.value == 1
    assert found[0].alpha.value > found[1].alpha.value > 0.3
    low, high = found[2].alpha.by_task
    assert low < 0 < high or abs(found[2].alpha.value) < 0.05
    assert found[1].mean.by_person[0] < found[1].mean.value < found[1].mean.by_person[1]


def test_boxes_agree_by_their_fit_and_their_label():
    one = (np.array([[0.0, 0, 10, 10]]), ["cell"])
    none = (np.zeros((0, 4)), [])

    assert box_likeness(one, one) == 1
    assert box_likeness(one, (one[0], ["debris"])) == 0
    assert box_likeness(one, (np.array([[0.0, 0, 10, 5]]), ["cell"])) == pytest.approx(0.5)
    assert box_likeness(none, none) == 1
    assert box_likeness(one, none) == 0


def test_outlines_of_pictures_of_many_sizes():
    answers = {n: {"a": np.ones((n, n), bool), "b": np.ones((n, n), bool)} for n in range(3, 8)}
    found = structured_agreement(answers, dice, rng=np.random.default_rng(0), resamples=10)
    assert (found.alpha.value, found.mean.value) == (None, 1.0)  # no two pictures can be compared


def test_a_hundred_thousand_votes_at_random_agree_by_chance():
    rng = np.random.default_rng(0)
    task = np.repeat(np.arange(20_000), 5)
    person, label = rng.integers(3000, size=task.size), rng.integers(5, size=task.size)
    found = nominal_agreement(zip(task.tolist(), person.tolist(), label.tolist(), strict=True), rng=rng)
    assert abs(found.alpha.value) < 0.01
