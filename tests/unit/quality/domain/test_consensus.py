"""What every fuser promises, and what each does."""

import copy

import numpy as np
import pytest

from quality.domain.answers import NOTHING, mask_answer, mask_of
from quality.domain.consensus import FUSERS, Vote
from quality.domain.metrics import dice
from quality.domain.reliability import Reliability

SIZE = (80, 90)
LABELS = ["cat", "dog", "owl"]
NO, UNSURE = {"kind": "nothing"}, {"kind": "cannot_tell"}


def label(key):
    return {"kind": "class", "label": key}


def boxes(*rows):
    return {"kind": "box", "boxes": [list(row) for row in rows]}


def disc(x, y, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return mask_answer((columns - x) ** 2 + (rows - y) ** 2 < radius**2)


def votes(*answers):
    return [Vote(f"ann{i}", answer) for i, answer in enumerate(answers)]


def trusted(mean, n=40, **state):
    return Reliability(mean=mean, low=mean - 0.05, high=mean + 0.05, n=n, state=state)


def fuse(kind, ballot, reliabilities=None, prior=None):
    return FUSERS[kind](ballot, reliabilities or {}, labels=LABELS, prior=prior, size=SIZE)


ANSWERS = {
    "class": [label("cat"), label("dog"), label("cat"), NO],
    "box": [
        boxes((10, 10, 30, 30, "cat")),
        boxes((11, 9, 31, 30, "cat"), (50, 50, 60, 60, "dog")),
        NO,
        boxes((9, 10, 30, 31, "dog")),
    ],
    "mask": [disc(40, 40, 15), disc(42, 40, 16), NO, disc(40, 41, 14)],
}
KINDS = pytest.mark.parametrize("kind", FUSERS)


@KINDS
def test_no_vote_is_an_error(kind):
    with pytest.raises(ValueError, match="no vote to fuse"):
        fuse(kind, [])
    with pytest.raises(ValueError, match="no vote to fuse"):
        fuse(kind, votes(UNSURE, UNSURE))


@KINDS
def test_a_single_vote_is_the_answer_and_is_not_sure(kind):
    fused = fuse(kind, votes(ANSWERS[kind][0]))

    assert fused.answer["kind"] == kind
    assert 0 < fused.uncertainty < 1


@KINDS
def test_names_do_not_matter(kind):
    renamed = [Vote(("x", vote.annotator), vote.answer) for vote in votes(*ANSWERS[kind])]

    assert fuse(kind, renamed) == fuse(kind, votes(*ANSWERS[kind]))


@KINDS
def test_order_does_not_matter(kind):
    ballot = votes(*ANSWERS[kind])
    forth, back = fuse(kind, ballot), fuse(kind, ballot[::-1])

    assert forth.answer == back.answer
    assert forth.uncertainty == pytest.approx(back.uncertainty, abs=1e-6)
    assert forth.weights == pytest.approx(back.weights[::-1])


@KINDS
def test_inputs_are_left_alone(kind):
    ballot, people = votes(*ANSWERS[kind]), {"ann0": trusted(0.9)}
    before = copy.deepcopy((ballot, people))

    fuse(kind, ballot, people)

    assert (ballot, people) == before


@KINDS
def test_cannot_tell_is_no_vote(kind):
    with_it = fuse(kind, votes(*ANSWERS[kind], UNSURE))
    without = fuse(kind, votes(*ANSWERS[kind]))

    assert with_it.answer == without.answer
    assert with_it.weights == [*without.weights, 0.0]


@KINDS
def test_agreement_is_surer_than_a_single_vote(kind):
    answer = ANSWERS[kind][0]

    assert fuse(kind, votes(answer, answer, answer, answer)).uncertainty < fuse(kind, votes(answer)).uncertainty


@KINDS
def test_a_majority_that_says_nothing_wins(kind):
    assert fuse(kind, votes(ANSWERS[kind][0], NO, NO, NO)).answer == NO


@KINDS
def test_one_trusted_annotator_outweighs_two_who_guess(kind):
    people = {"ann0": trusted(0.97, right_object=40, surface_dice_sum=38.0)}
    people |= {name: trusted(0.34, right_object=2, surface_dice_sum=4.0) for name in ("ann1", "ann2")}
    other = {"class": label("dog"), "box": NO, "mask": NO}[kind]

    assert fuse(kind, votes(ANSWERS[kind][0], other, other), people).answer["kind"] == kind
    assert fuse(kind, votes(ANSWERS[kind][0], other, other), people).answer != other


def test_class_posterior_by_hand():
    people = {"ann0": trusted(0.8), "ann1": trusted(0.8), "ann2": trusted(0.8)}

    fused = fuse("class", votes(label("cat"), label("cat"), label("dog")), people)

    # Likelihoods .8 .8 .1 : .1 .1 .8 : .1 .1 .1, of three votes that tell as much as 3 / 1.3 do
    cat, dog, owl = (likelihood ** (1 / 1.3) for likelihood in (0.064, 0.008, 0.001))
    assert fused.probabilities == {
        "cat": pytest.approx(cat / (cat + dog + owl), abs=1e-6),
        "dog": pytest.approx(dog / (cat + dog + owl), abs=1e-6),
        "owl": pytest.approx(owl / (cat + dog + owl), abs=1e-6),
    }
    assert fused.uncertainty == pytest.approx((dog + owl) / (cat + dog + owl) / (2 / 3), abs=1e-6)


def test_class_a_hundred_votes_never_tell_as_much_as_a_hundred_pictures():
    people = {f"ann{i}": trusted(0.6) for i in range(100)}
    for n, told in ((1, 1), (100, 100 / (1 + 0.15 * 99))):
        p = fuse("class", votes(*[label("cat")] * n), people).probabilities["cat"]
        assert p == pytest.approx(0.6**told / (0.6**told + 2 * 0.2**told), abs=1e-5)


def test_class_uses_a_persons_own_confusion():
    # ann0 says "dog" for most cats and hardly ever for dogs: their "dog" speaks for cat.
    confused = trusted(0.5, confusion={"cat": {"cat": 10, "dog": 30}, "dog": {"dog": 5, "owl": 35}})

    assert fuse("class", votes(label("dog")), {"ann0": confused}).answer == label("cat")


def always_wrong(n):
    return trusted(0.5, n=2 * n, confusion={"cat": {"dog": n}, "dog": {"cat": n}})


def cat_or_dog(ballot, people):
    fused = FUSERS["class"](ballot, people, labels=["cat", "dog"], size=SIZE)
    return fused.probabilities["cat"] / fused.probabilities["dog"]


def test_class_a_few_wrong_answers_turn_no_vote_round():
    known = {"ann1": trusted(0.8), "ann2": trusted(0.8)}
    tie = votes(label("dog"), label("cat"), label("dog"))
    for n in (1, 2, 3):
        assert cat_or_dog(tie[:1], {"ann0": always_wrong(n)}) <= 1 + 1e-6
        assert cat_or_dog(tie, {"ann0": always_wrong(n), **known}) <= 1 + 1e-6


def test_class_a_habit_of_many_answers_is_used():
    # Wrong on 40 of 40: "dog" is as good as "cat", less what 40 answers leave open.
    assert 4 < cat_or_dog(votes(label("dog")), {"ann0": always_wrong(20)}) < 22 / 2
    # ... and still is one vote among others: five ordinary people together outweigh it.
    ballot = votes(label("dog"), *[label("dog")] * 5)
    assert cat_or_dog(ballot, {"ann0": always_wrong(20)} | {f"ann{i}": trusted(0.8) for i in range(1, 6)}) < 1 / 10


def test_class_guessers_move_nothing():
    guess = trusted(1 / 3)

    assert fuse("class", votes(label("cat")), {"ann0": guess}, prior={"dog": 1.0}).answer == label("dog")


def test_class_prior_breaks_an_even_split():
    ballot = votes(label("cat"), label("dog"))

    assert fuse("class", ballot, prior={"dog": 0.7, "cat": 0.2, "owl": 0.1}).answer == label("dog")
    assert fuse("class", ballot).answer == label("cat")  # by key where nothing else decides


def test_class_label_outside_the_set_is_kept():
    fused = fuse("class", votes(label("yeti"), label("yeti")))

    assert fused.answer == label("yeti")


def test_class_nothing_has_a_probability_where_somebody_said_it():
    assert NOTHING in fuse("class", votes(NO, label("cat"))).probabilities
    assert NOTHING not in fuse("class", votes(label("cat"))).probabilities


def test_box_keeps_what_a_third_saw_and_averages_it():
    ballot = votes(
        boxes((10, 10, 30, 30, "cat"), (50, 50, 60, 60, "dog")),
        boxes((12, 10, 32, 30, "cat")),
        boxes((11, 10, 31, 30, "dog")),
    )

    fused = fuse("box", ballot)

    (box,) = fused.answer["boxes"]
    assert box == [pytest.approx(11, abs=0.01), 10, pytest.approx(31, abs=0.01), 30, "cat"]
    assert fused.probabilities["objects"] == [{"p": pytest.approx(0.9047, abs=1e-4), "support": 3.0}]


def test_box_an_outlier_hardly_moves_the_edges():
    ballot = votes(*[boxes((10, 10, 30, 30, "cat"))] * 4, boxes((10, 10, 40, 30, "cat")))

    (box,) = fuse("box", ballot).answer["boxes"]
    assert box[2] == pytest.approx(30, abs=0.5)


def test_mask_an_outline_of_something_else_is_left_out():
    fused = fuse("mask", votes(disc(25, 25, 12), disc(26, 25, 12), disc(65, 60, 12)))

    assert fused.weights[2] < 0.05 < 0.5 < fused.weights[0]
    assert fused.probability_map[60, 65] < 0.05 < 0.95 < fused.probability_map[25, 25]


def test_mask_probability_is_half_at_the_outline():
    fused = fuse("mask", votes(*[disc(40, 40, 15)] * 3))

    assert fused.probability_map.shape == SIZE
    # The outline runs between the last pixel inside and the first outside, symmetric about one half.
    assert fused.probability_map[40, 54] + fused.probability_map[40, 55] == pytest.approx(1, abs=0.02)
    assert fused.answer == disc(40, 40, 15)


def test_mask_who_saw_nothing_makes_it_less_sure():
    alone, doubted = fuse("mask", votes(*[disc(40, 40, 15)] * 2)), fuse("mask", votes(*[disc(40, 40, 15)] * 2, NO))

    assert doubted.probabilities["right"] < alone.probabilities["right"] - 0.05
    assert doubted.uncertainty > alone.uncertainty
    assert fuse("mask", votes(disc(40, 40, 15))).probabilities["right"] == pytest.approx(0.85, abs=0.01)


def ellipse(x, y, across, down, turn):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    u = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
    v = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
    return (u / across) ** 2 + (v / down) ** 2 < 1


@pytest.mark.parametrize("care", [0.4, 1.0, 1.8])
@pytest.mark.parametrize("n_votes", [2, 4, 7])
def test_mask_the_dice_it_expects_is_about_what_comes(care, n_votes):
    """Ellipses; people stray by `care` px in place and size, share half a pixel of error, and one in ten outlines
    something else."""
    rng = np.random.default_rng(int(10 * care) + n_votes)
    known, expected, realised = trusted(0.8, right_object=36, surface_dice_sum=28), [], []
    for _ in range(40):
        x, y, across, down, turn = rng.uniform((25, 25, 8, 6, 0), (60, 50, 20, 14, 3))
        truth, shared = ellipse(x, y, across, down, turn), rng.normal(0, 0.5, 2)
        drawn = []
        for _ in range(n_votes):
            dx, dy, da, db = rng.normal(0, care, 4)
            wrong = rng.random() < 0.1
            at = rng.uniform((10, 10), (80, 70)) if wrong else (x + shared[0] + dx, y + shared[1] + dy)
            drawn.append(mask_answer(ellipse(*at, max(across + da, 3), max(down + db, 3), turn)))
        fused = fuse("mask", votes(*drawn), dict.fromkeys((f"ann{i}" for i in range(n_votes)), known))
        expected.append(1 - fused.uncertainty)
        realised.append(dice(mask_of(fused.answer, size=SIZE), truth))

    assert np.mean(expected) == pytest.approx(np.mean(realised), abs=0.06)
