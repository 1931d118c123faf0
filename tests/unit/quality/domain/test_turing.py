"""Can people tell? Known counts, known answers, and intervals that hold what they promise."""

import math

import numpy as np
import pytest
from scipy import stats

from quality.domain.crossed import codes, crossed_variance, influence_of_mean
from quality.domain.stats import wilson_interval
from quality.domain.turing import Confusion, Decisions, decisions_needed

# Of the study of Kunzmann et al. (2022), two cells of which were swapped in print.
GAN = Confusion(tp=263, fn=27, fp=11, tn=136)
DIFFUSION = Confusion(tp=113, fn=124, fp=146, tn=135)


def decisions_of(counts: Confusion, **options: bool) -> Decisions:
    """As many decisions, each of a person and a picture of its own."""
    cells = [(1, 1, counts.tp), (1, 0, counts.fn), (0, 1, counts.fp), (0, 0, counts.tn)]
    signal = np.concatenate([np.full(n, bool(made)) for made, _, n in cells])
    said = np.concatenate([np.full(n, bool(called)) for _, called, n in cells])
    return Decisions(signal, said, range(counts.n), range(counts.n), **options)


def simulated(rng, *, people=20, pictures=100, each=30, mean=0.2, person_sd=0.4, picture_sd=0.4) -> Decisions:
    """Probit: mean + person + picture. Signals by the toss of a coin, no bias."""
    skill, ease = rng.normal(0, person_sd, people), rng.normal(0, picture_sd, pictures)
    person = np.repeat(np.arange(people), each)
    picture = np.concatenate([rng.permutation(pictures)[:each] for _ in range(people)])
    signal = rng.random(person.size) < 0.5
    right = rng.random(person.size) < stats.norm.cdf(mean + skill[person] + ease[picture])
    return Decisions(signal, np.where(right, signal, ~signal), person.tolist(), picture.tolist())


@pytest.mark.parametrize(
    ("counts", "n", "accuracy", "precision", "recall"),
    [(GAN, 437, 0.913, 0.960, 0.907), (DIFFUSION, 518, 0.479, 0.436, 0.477)],
)
def test_the_figures_of_the_first_study(counts, n, accuracy, precision, recall):
    found = decisions_of(counts)
    assert found.confusion == counts
    assert (counts.n, len(found)) == (n, n)
    assert [round(x, 3) for x in (counts.accuracy, counts.precision, counts.recall)] == [accuracy, precision, recall]
    assert found.accuracy.value == pytest.approx(counts.accuracy)
    assert found.precision.value == pytest.approx(counts.precision)
    assert found.recall.value == pytest.approx(counts.recall)


def test_the_other_class_as_the_positive_one_does_not_give_the_printed_figures():
    turned = Confusion(tp=GAN.tn, fn=GAN.fp, fp=GAN.fn, tn=GAN.tp)
    assert turned.accuracy == GAN.accuracy
    assert (round(turned.precision, 3), round(turned.recall, 3)) == (0.834, 0.925)


def test_the_first_study_did_not_show_that_people_guess_within_five_points():
    found = decisions_of(DIFFUSION)
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx((0.436, 0.522), abs=0.001)
    five, ten = found.equivalence(0.05), found.equivalence(0.10)
    assert not five.shown
    assert five.p == pytest.approx(0.095, abs=0.01)
    assert five.needed_if_guessing == pytest.approx(857 - 518, abs=3)  # n / (n - 1)
    assert ten.shown
    assert (ten.needed_if_guessing, ten.needed_as_seen) == (0, 0)
    seen = decisions_of(GAN).equivalence(0.10)
    assert not seen.shown
    assert seen.needed_as_seen is None


def test_sensitivity_and_criterion_of_known_rates():
    # H = .84134, F = .5: z(H) = 1, z(F) = 0
    found = decisions_of(Confusion(tp=8413, fn=1587, fp=5000, tn=5000))
    assert found.d_prime.value == pytest.approx(1.0, abs=0.001)
    assert found.criterion.value == pytest.approx(-0.5, abs=0.001)
    assert decisions_of(found.confusion, pairs=True).d_prime.value == pytest.approx(1 / math.sqrt(2), abs=0.001)


def test_perfect_answers_have_a_finite_sensitivity():
    found = decisions_of(Confusion(tp=10, fn=0, fp=0, tn=10))
    # log-linear: z(10.5 / 11) - z(.5 / 11)
    assert found.d_prime.value == pytest.approx(2 * stats.norm.ppf(10.5 / 11))
    assert found.d_prime.low > 0
    assert found.accuracy.high == 1.0
    assert found.accuracy.low == pytest.approx(wilson_interval(20, 20)[0], abs=0.02)


def test_one_person_alone_says_nothing_of_people():
    found = Decisions([True, False] * 20, [True, False] * 20, ["a"] * 40, range(40))
    assert (found.accuracy.low, found.accuracy.high) == (0.0, 1.0)
    assert found.equivalence(0.10).p == 1.0


def test_a_figure_without_its_class_is_none():
    found = Decisions([True, True], [False, False], ["a", "b"], ["x", "y"])
    assert found.precision is None
    assert found.d_prime is None
    assert found.recall.value == 0.0
    with pytest.raises(ValueError, match="one length"):
        Decisions([True], [], [], [])


def test_the_variance_of_two_clusterings_is_a_plus_b_minus_both():
    influence = influence_of_mean([1, 1, 0, 0, 1, 0])
    person, picture = codes(list("aabbcc")), codes(list("xyxyxy"))
    # means .5, influences +-1/12: sums a +2/12, b -2/12, c 0; x +1/12, y -1/12; single rows 6/144
    by_person, by_picture, by_row = 8 / 144 * 3 / 2, 2 / 144 * 2, 6 / 144 * 6 / 5
    assert crossed_variance(influence, [person]) == pytest.approx(by_person)
    assert crossed_variance(influence, [picture]) == pytest.approx(max(by_picture, by_row))
    assert crossed_variance(influence, [person, picture]) == pytest.approx(
        max(by_person, by_person + by_picture - by_row)
    )


@pytest.mark.parametrize("mean", [0.0, 0.2, 1.2])
def test_intervals_cover_where_people_and_pictures_differ(mean):
    rng = np.random.default_rng(7)
    truth = float(stats.norm.cdf(mean / math.sqrt(1 + 2 * 0.4**2)))
    crossed = naive = sensitivity = 0
    n = 200
    for _ in range(n):
        found = simulated(rng, mean=mean)
        crossed += found.accuracy.low <= truth <= found.accuracy.high
        sensitivity += found.d_prime.low <= 2 * stats.norm.ppf(truth) <= found.d_prime.high
        low, high = wilson_interval(float(found.right.sum()), len(found))
        naive += low <= truth <= high
    assert crossed / n > 0.91
    assert sensitivity / n > 0.91
    assert naive / n < 0.85, "single decisions taken for independent would do as well: this simulation tests nothing"


def test_equivalence_is_shown_seldom_at_the_margin_and_mostly_with_the_decisions_asked_for():
    rng, n = np.random.default_rng(8), 200
    at_margin = sum(
        simulated(rng, mean=stats.norm.ppf(0.6), people=40, person_sd=0, picture_sd=0).equivalence(0.1).shown
        for _ in range(n)
    )
    assert at_margin / n < 0.09
    many = {"people": math.ceil(decisions_needed(0.1) / 10), "each": 10, "pictures": 300}
    guessing = sum(simulated(rng, mean=0.0, person_sd=0, picture_sd=0, **many).equivalence(0.1).shown for _ in range(n))
    assert 0.7 < guessing / n < 0.93


def test_rates_of_pictures_and_how_many_say_made():
    found = Decisions(
        [True, True, True, False, False], [True, True, False, True, False], list("abcab"), ["m", "m", "m", "r", "r"]
    )
    rates = {rate.picture: (rate.n, round(rate.rate, 3)) for rate in found.picture_rates()}
    assert rates == {"m": (3, 0.667), "r": (2, 0.5)}
    assert found.said_share.value == 0.6
    assert (found.people, found.pictures) == (3, 2)


def test_the_harder_it_is_to_tell_the_more_decisions():
    assert decisions_needed(0.1) == 215
    assert decisions_needed(0.05) == 857
    assert decisions_needed(0.1, design_effect=2) == 429
    assert decisions_needed(0.1, away=0.05) > 2 * decisions_needed(0.1)
    assert decisions_needed(0.1, away=0.1) is None
