"""Prefilled answers: how they are drawn, how they are made wrong, how an edit is measured."""

from collections import Counter

import numpy as np
import pytest

from quality.domain.answers import boxes_of, class_answer, mask_answer, mask_of
from quality.domain.metrics import dice
from quality.domain.proposals import PROPOSALS, Arm, Shares, corrected, draw_arms
from quality.domain.rubrics import RUBRICS

SIZE = (120, 160)
LABELS = ["cat", "dog", "fox"]
NOTHING = {"kind": "nothing"}


def disc(x, y, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return mask_answer((columns - x) ** 2 + (rows - y) ** 2 < radius**2)


BOXES = {"kind": "box", "boxes": [[10, 10, 40, 40, "cat"], [60, 50, 90, 70, "dog"], [100, 80, 150, 115, "cat"]]}
DRAFTS = {
    "class": [class_answer("dog"), NOTHING],
    "box": [BOXES, {"kind": "box", "boxes": [[0, 0, 30, 20, "cat"]]}, NOTHING],
    "mask": [disc(60, 60, 25), disc(5, 5, 4), disc(80, 60, 200), NOTHING],
}
CASES = [(kind, draft) for kind, drafts in DRAFTS.items() for draft in drafts]


@pytest.mark.parametrize("kind, draft", CASES)
def test_a_planted_error_is_wrong_by_the_rubric_whatever_the_draft(kind, draft):
    before, rng = str(draft), np.random.default_rng(3)
    for _ in range(60):
        wrong = PROPOSALS[kind].perturb(draft, labels=LABELS, size=SIZE, rng=rng)
        assert wrong is not None
        score = RUBRICS[kind](wrong, draft, size=SIZE).score
        assert corrected(draft=1.0, proposal=score, answer=1.0) is True
        assert corrected(draft=1.0, proposal=score, answer=score) is False
        assert PROPOSALS[kind].distance(draft, wrong, size=SIZE) > 0.05
    assert str(draft) == before


def test_planted_outlines_are_neither_hidden_nor_absurd_and_come_in_all_ways():
    drawn, rng = mask_of(DRAFTS["mask"][0], size=SIZE), np.random.default_rng(0)
    wrong = [
        mask_of(PROPOSALS["mask"].perturb(DRAFTS["mask"][0], labels=LABELS, size=SIZE, rng=rng), size=SIZE)
        for _ in range(200)
    ]
    overlap = np.array([dice(mask, drawn) for mask in wrong])
    areas = np.array([mask.sum() / drawn.sum() for mask in wrong])
    assert overlap.min() >= 0.35
    assert overlap.max() <= 0.8
    assert (areas > 1.2).mean() > 0.1
    assert (areas < 0.8).mean() > 0.25
    assert (abs(areas - 1) < 0.05).mean() > 0.1


def test_planted_boxes_are_displaced_renamed_or_left_out_and_some_stay():
    rng, seen = np.random.default_rng(1), Counter()
    before = {tuple(row) for row in BOXES["boxes"]}
    for _ in range(300):
        edges, names = boxes_of(PROPOSALS["box"].perturb(BOXES, labels=LABELS, size=SIZE, rng=rng))
        after = {(*edge, name) for edge, name in zip(edges.tolist(), names, strict=True)}
        places = {row[:4] for row in before}
        seen["left out"] += len(names) < 3
        seen["renamed"] += any(row[:4] in places and row not in before for row in after)
        seen["displaced"] += any(row[:4] not in places for row in after)
        seen["kept some"] += bool(after & before)
        assert (edges >= 0).all()
        assert (edges[:, [0, 2]] <= SIZE[1]).all()
        assert (edges[:, [1, 3]] <= SIZE[0]).all()
    assert min(seen.values()) > 60


def test_where_there_is_no_error_to_make_none_is_made():
    rng = np.random.default_rng(0)
    assert PROPOSALS["class"].perturb(class_answer("cat"), labels=["cat"], size=SIZE, rng=rng) is None
    dot = np.zeros(SIZE, dtype=bool)
    dot[4, 4] = True
    assert PROPOSALS["mask"].perturb(mask_answer(dot), labels=["cat"], size=SIZE, rng=rng) is None


@pytest.mark.parametrize(
    "kind, proposal, answer, expected",
    [
        ("class", class_answer("cat"), class_answer("cat"), 0.0),
        ("class", class_answer("cat"), class_answer("dog"), 1.0),
        ("class", NOTHING, NOTHING, 0.0),
        ("class", class_answer("cat"), {"kind": "cannot_tell"}, 1.0),
        ("box", BOXES, BOXES, 0.0),
        ("box", BOXES, {"kind": "box", "boxes": BOXES["boxes"][:2]}, 0.2),
        ("box", BOXES, NOTHING, 1.0),
        ("box", NOTHING, NOTHING, 0.0),
        ("mask", disc(60, 60, 25), disc(60, 60, 25), 0.0),
        ("mask", disc(30, 60, 20), disc(120, 60, 20), 1.0),
        ("mask", disc(30, 60, 20), {"kind": "cannot_tell"}, 1.0),
    ],
)
def test_edits_by_hand(kind, proposal, answer, expected):
    assert PROPOSALS[kind].distance(proposal, answer, size=SIZE) == pytest.approx(expected)


def test_arms_are_drawn_at_their_rates_and_never_above_the_cap():
    rng, shares = np.random.default_rng(5), Shares(proposed=0.2, planted=0.3, unaided=0.1)
    drafts = [[bool(rng.random() < 0.5) for _ in range(12)] for _ in range(2000)]
    arms = [draw_arms(rng, has_draft=row, shares=shares) for row in drafts]
    drawn = Counter(arm for row in arms for arm in row)
    proposed = drawn[Arm.PROPOSED] + drawn[Arm.PLANTED]
    assert proposed / 24_000 == pytest.approx(0.2, abs=0.01)
    assert drawn[Arm.PLANTED] / proposed == pytest.approx(0.3, abs=0.025)
    assert drawn[Arm.UNAIDED] / 24_000 == pytest.approx(0.1, abs=0.01)
    shown = [drafted for row, given in zip(drafts, arms, strict=True) for drafted, arm in zip(row, given, strict=True)
             if arm.is_proposed]  # fmt: skip
    assert all(shown)
    greedy = [draw_arms(rng, has_draft=[True] * 12, shares=Shares(0.9, 0.3, 0.0)) for _ in range(1000)]
    assert np.mean([arm.is_proposed for row in greedy for arm in row]) == pytest.approx(0.3, abs=0.02)
    assert set(draw_arms(rng, has_draft=[True] * 50, shares=Shares(0.0, 0.5, 0.0))) == {Arm.PLAIN}


def test_an_error_that_did_no_harm_corrects_nobody():
    assert corrected(draft=0.0, proposal=0.0, answer=1.0) is None
    assert corrected(draft=0.2, proposal=1.0, answer=1.0) is None
    assert corrected(draft=0.9, proposal=0.5, answer=0.7) is True
    assert corrected(draft=0.9, proposal=0.5, answer=0.6) is False
