import numpy as np
import pytest

from quality.domain.disputes import PRIOR, doubt

DISPUTED = 0.8


def test_without_an_answer_there_is_the_prior():
    assert doubt([]) == pytest.approx(PRIOR)


def test_five_good_people_who_all_miss_are_believed_and_three_are_not():
    """Three may have met a hard picture."""
    assert doubt([(0.0, 0.9)] * 3) < 0.65
    assert doubt([(0.0, 0.9)] * 4) < DISPUTED < doubt([(0.0, 0.9)] * 5)


def test_middling_people_need_to_be_more():
    assert doubt([(0.0, 0.75)] * 5) < DISPUTED < doubt([(0.0, 0.75)] * 6)


def test_one_good_person_who_hits_it_speaks_for_the_truth():
    assert doubt([(0.0, 0.9)] * 4 + [(1.0, 0.9)]) < 0.5


def test_who_never_scores_says_nothing():
    assert doubt([(0.0, 0.1)] * 50) == pytest.approx(PRIOR)


def test_perfect_people_are_not_beyond_a_hard_task():
    assert doubt([(0.0, 1.0)]) == doubt([(0.0, 0.9)])


@pytest.mark.parametrize(("is_wrong", "least", "most"), [(False, 0.0, 0.005), (True, 0.55, 1.0)])
def test_of_eight_answers_looked_at_one_by_one_few_right_truths_are_disputed(is_wrong, least, most):
    """A crowd of mean .8; on one picture in twenty, everybody is right half the time at best."""
    rng = np.random.default_rng(7)

    def is_disputed() -> bool:
        means = rng.beta(8, 2, 8)
        chance = np.minimum(means, 0.15 if is_wrong else 0.5 if rng.random() < 0.05 else 1.0)
        given = list(zip((rng.random(8) < chance).astype(float), means, strict=True))
        return any(doubt(given[:n]) >= DISPUTED for n in range(3, 9))

    assert least <= np.mean([is_disputed() for _ in range(4000)]) <= most
