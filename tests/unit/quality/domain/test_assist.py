"""Accepting a proposal is less than saying so oneself."""

from dataclasses import dataclass

import numpy as np
import pytest

from quality.domain.aggregation.labels import ESTIMATORS as ESTIMATORS_OF_LABELS
from quality.domain.aggregation.labels import LabelVotes
from quality.domain.aggregation.labels.proposals import proposal_weights
from quality.domain.answers import mask_answer
from quality.domain.consensus import FUSERS, Vote
from quality.domain.consensus.assist import Beside, beside, independence
from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.reliability.scored import rubber_stamping
from quality.domain.rubrics import RubricResult

SIZE = (80, 80)


def disc(x, y, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return mask_answer((columns - x) ** 2 + (rows - y) ** 2 < radius**2)


def box(x):
    return {"kind": "box", "boxes": [[x, 10, x + 20, 30, "cat"]]}


PROPOSED = {"class": {"kind": "class", "label": "cat"}, "box": box(50), "mask": disc(20, 20, 9)}
TRUE = {"class": {"kind": "class", "label": "dog"}, "box": box(10), "mask": disc(52, 50, 12)}


def fuse(kind, votes, people=None):
    return FUSERS[kind](votes, people or {}, labels=["cat", "dog"], size=SIZE).answer


@pytest.mark.parametrize("kind", FUSERS)
def test_many_lazy_accepters_of_a_wrong_proposal_are_not_followed(kind):
    accepters = [Vote(f"lazy{i}", PROPOSED[kind], proposal="p1", edit=0.0) for i in range(8)]
    careful = [Vote(f"careful{i}", TRUE[kind], proposal="p1", edit=1.0) for i in range(3)]
    unaided = [Vote(vote.annotator, vote.answer) for vote in [*accepters, *careful]]

    with_trace = fuse(kind, [*accepters, *careful])

    assert with_trace == TRUE[kind] or (kind == "box" and TRUE[kind]["boxes"][0] in with_trace["boxes"])
    assert fuse(kind, unaided) == PROPOSED[kind] or kind == "box"


def test_who_points_at_something_says_that_it_is_there_whoever_draws_its_outline():
    nothing = [Vote(f"n{i}", {"kind": "nothing"}) for i in range(2)]
    prompted = [Vote(f"p{i}", PROPOSED["mask"], proposal="assist", edit=0.0, prompted=True) for i in range(5)]
    prefilled = [Vote(vote.annotator, vote.answer, proposal="p1", edit=0.0) for vote in prompted]
    assert fuse("mask", [*nothing, *prompted]) == PROPOSED["mask"]
    assert fuse("mask", [*nothing, *prefilled]) == {"kind": "nothing"}


def test_factors_by_hand():
    votes = [
        Vote("a", {}, proposal="p", edit=0.0),
        Vote("b", {}, proposal="p", edit=0.0),
        Vote("c", {}),
        Vote("d", {}, "p", 1.0),
    ]
    careful = Reliability(0.9, 0.8, 0.95, 20, state={"planted": {"shown": 18, "kept": 0}})

    plain, known = independence(votes, {}), independence(votes, {"a": careful, "b": careful})

    assert plain == pytest.approx([0.7 / 1.3, 0.7 / 1.3, 1, 1], abs=1e-6)
    assert known == pytest.approx([0.97 / 1.03, 0.97 / 1.03, 1, 1], abs=1e-6)


def test_in_a_crowd_that_looks_accepting_counts_for_more():
    votes = [Vote("a", {}, proposal="p", edit=0.0), Vote("b", {}, proposal="p", edit=0.0)]
    assert independence(votes, {}, lazy=0.1) == pytest.approx([0.9 / 1.1, 0.9 / 1.1])


def test_without_proposals_everybody_counts_in_full():
    assert independence([Vote("a", {}), Vote("b", {})], {}).tolist() == [1, 1]


def test_who_corrects_no_planted_error_is_told_apart():
    """A rubber stamp agrees with the crowd as often as others, and only planted errors show it."""
    rng, states = np.random.default_rng(0), {}
    for name, corrects in (("careful1", 0.9), ("careful2", 0.8), ("careful3", 0.85), ("stamp", 0.0)):
        state = None
        for _ in range(12):
            kept = bool(rng.random() > corrects)
            details = {"truth": "dog", "said": "cat" if kept else "dog", "kept_planted": kept}
            state = ESTIMATORS["class"].update(state, RubricResult(float(not kept), details))
        states[name] = state
    prior = ESTIMATORS["class"].population(states.values())
    by_gold = {name: ESTIMATORS["class"].estimate(state, prior).mean for name, state in states.items()}
    stamped = {name: rubber_stamping(state, states.values()) for name, state in states.items()}

    assert min(by_gold, key=by_gold.get) == "stamp"
    assert stamped["stamp"].low > 0.6 > 0.5 > max(stamped[name].high for name in states if name != "stamp")


def test_few_planted_errors_kept_make_nobody_a_rubber_stamp():
    """Newcomers are believed to put errors right as often as they are right otherwise: three times of four."""
    nothing_shown, twice, always = (
        rubber_stamping({"planted": {"shown": n, "kept": n}}) if n else rubber_stamping(None) for n in (0, 2, 20)
    )
    assert nothing_shown.mean == pytest.approx(0.25, abs=0.01)
    assert twice.low < 0.5
    assert always.low > 0.5


def test_those_who_answered_unaided_show_how_lightly_proposals_are_accepted():
    # Half of them would have said so anyway; of the others, .8 did because it was proposed.
    assert beside([], []).laziness == pytest.approx(0.3, abs=0.02)
    assert beside([1.0] * 450 + [0.0] * 50, [0.5] * 500).laziness == pytest.approx(0.8, abs=0.04)
    assert beside([1.0] * 250 + [0.0] * 250, [0.5] * 500).laziness < 0.1


def test_factors_beside_the_unaided_by_hand():
    votes = [Vote("a", {}, "p", 0.0), Vote("b", {}, "p", 0.0), Vote("c", {}), Vote("d", {}, "p", 1.0)]

    # .4 + .6 x .75 = .85 against .4 + .6 x .25 = .55; one voice for the two of them.
    judged = np.log(0.85 / 0.55) / np.log(3)
    few, many = (independence(votes, {}, shown=Beside(n, 0.4, 0.5)) for n in (0, 10**9))

    assert few == pytest.approx([0.7 / 1.3, 0.7 / 1.3, 1, 1], abs=1e-6)
    assert many == pytest.approx([judged + 0.25, judged + 0.25, 1, 1], abs=1e-6)


@dataclass(frozen=True)
class Given:
    task: str
    worker: str
    label: str
    proposal: str


def proposed(seed, *, lazy, wrong):
    """300 tasks of three classes with 1 unaided answer and 6 to a proposal, by people right four times out of five;
    `lazy` of 40 keep nine proposals out of ten unlooked at, `wrong` of the proposals are."""
    rng, votes, truths = np.random.default_rng(seed), [], {}
    is_lazy = rng.random(40) < lazy
    for task in range(300):
        truth, other = rng.permutation(3)[:2]
        shown = other if rng.random() < wrong else truth
        truths[f"t{task}"] = str(truth)
        for number, who in enumerate(rng.choice(40, 7, replace=False)):
            own = truth if rng.random() < 0.8 else (truth + rng.integers(1, 3)) % 3
            said = shown if number and is_lazy[who] and rng.random() < 0.9 else own
            votes.append(Given(f"t{task}", f"p{who}", str(said), str(shown) if number else ""))
    return votes, truths


def accuracy(votes, truths, weights):
    columns = zip(*((v.task, v.worker, v.label) for v in votes), strict=True)
    encoded = LabelVotes.encode(*columns, weights=weights)
    best = ESTIMATORS_OF_LABELS["majority"](encoded).argmax(axis=1)
    return np.mean([encoded.labels[k] == truths[task] for task, k in zip(encoded.tasks, best, strict=True)])


@pytest.mark.parametrize(
    ("lazy", "wrong", "least_gain"), [(0.0, 0.1, -0.01), (0.2, 0.1, -0.01), (0.5, 0.4, 0.04), (0.8, 0.4, 0.1)]
)
def test_few_lazy_cost_hardly_anything_and_many_are_not_followed(lazy, wrong, least_gain):
    gains = []
    for seed in range(3):
        votes, truths = proposed(seed, lazy=lazy, wrong=wrong)
        gains.append(
            accuracy(votes, truths, proposal_weights(votes, {})) - accuracy(votes, truths, None),
        )

    assert np.mean(gains) >= least_gain
