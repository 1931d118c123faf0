"""Accepting a proposal is less than saying so oneself."""

import numpy as np
import pytest

from quality.domain.answers import mask_answer
from quality.domain.consensus import FUSERS, Vote
from quality.domain.consensus.assist import independence
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
