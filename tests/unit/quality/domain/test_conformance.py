"""What every estimator of whole data sets promises, whatever the votes: one suite over all kinds."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.domain.aggregation.boxes import Drawn, fuse_boxes
from quality.domain.aggregation.labels import ESTIMATORS, LabelVotes
from quality.domain.aggregation.masks import fuse_masks

SHAPE = (24, 30)
LABELS = ("cat", "dog", "(nothing)")
PROPERTY = settings(max_examples=25)


@dataclass(frozen=True)
class Kind:
    """`answer`: a seed -> what somebody says; `fuse`: ({task: {worker: answer}}, gold) -> {task: comparable result}."""

    answer: object
    fuse: object


def label_of(seed):
    return LABELS[seed % 3]


def boxes_of(seed):
    rng = np.random.default_rng(seed)
    n = seed % 4
    corner = rng.uniform(0, 40, (n, 2))
    size = rng.choice([0.5, 8.0, 4000.0], (n, 1)) * rng.uniform(0.8, 1.2, (n, 2))
    return Drawn(np.hstack([corner, corner + size]).reshape(-1, 4), [LABELS[i % 2] for i in range(n)])


def mask_of(seed):
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    if seed % 5 == 0:
        return np.full(SHAPE, seed % 2 == 0)
    x, y, r = np.random.default_rng(seed).uniform([5, 5, 0.5], [25, 20, 9])
    return (columns - x) ** 2 + (rows - y) ** 2 < r**2


def fuse_labels(method):
    def fuse(votes, gold):
        rows = [(task, worker, answer) for task, said in votes.items() for worker, answer in said.items()]
        encoded = LabelVotes.encode(*zip(*rows, strict=True), gold=gold)
        probabilities = ESTIMATORS[method](encoded)
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        return {task: row.round(9).tolist() for task, row in zip(encoded.tasks, probabilities, strict=True)}

    return fuse


def fuse_box(votes, gold):
    result = {}
    for task, found in fuse_boxes(votes, gold=gold).items():
        assert all(np.isfinite(box.edges).all() and 0 <= box.probability <= 1 for box in found)
        result[task] = [(box.edges.round(6).tolist(), box.label, round(box.probability, 9)) for box in found]
    return result


def fuse_mask(votes, gold):
    stacked = {task: (list(said), np.stack(list(said.values()))) for task, said in votes.items()}
    result = {}
    for task, fused in fuse_masks(stacked, gold=gold).items():
        assert fused.mask.shape == fused.probability.shape == SHAPE
        assert ((fused.probability >= 0) & (fused.probability <= 1)).all()
        result[task] = fused.mask.tolist()
    return result


KINDS = {
    **{f"label {name}": Kind(label_of, fuse_labels(name)) for name in ESTIMATORS},
    "boxes": Kind(boxes_of, fuse_box),
    "masks": Kind(mask_of, fuse_mask),
}
EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
# task -> worker -> a seed for the answer: few people, one person, unanimous crowds, adversaries, anything
CROWDS = st.dictionaries(
    st.sampled_from([f"t{i}" for i in range(6)]),
    st.dictionaries(st.sampled_from([f"w{i}" for i in range(14)]), st.integers(0, 60), min_size=1),
    min_size=1,
)


def answers(kind, crowd):
    return {task: {worker: kind.answer(seed) for worker, seed in said.items()} for task, said in crowd.items()}


def gold_of(kind, crowd, n):
    """Gold for the first n tasks; of labels one that somebody gave, since no other can be found among votes."""
    return {task: kind.answer(next(iter(crowd[task].values()))) for task in sorted(crowd)[:n]}


@EVERY
@given(crowd=CROWDS, n_gold=st.integers(0, 6))
@PROPERTY
def test_every_task_has_a_result_in_any_order_under_any_names(kind, crowd, n_gold):
    votes, gold = answers(kind, crowd), gold_of(kind, crowd, n_gold)
    plain = kind.fuse(votes, gold)

    assert set(plain) == set(votes)
    turned = {task: dict(reversed(said.items())) for task, said in reversed(votes.items())}
    assert kind.fuse(turned, dict(reversed(gold.items()))) == plain
    renamed = {task: {f"person-{w}": answer for w, answer in said.items()} for task, said in votes.items()}
    assert kind.fuse(renamed, gold) == plain


@EVERY
@given(crowd=CROWDS)
@PROPERTY
def test_gold_comes_out_as_it_went_in(kind, crowd):
    votes, gold = answers(kind, crowd), gold_of(kind, crowd, 6)

    once, alone = kind.fuse(votes, gold), kind.fuse({t: {"w": a} for t, a in gold.items()}, gold)

    if kind.answer is label_of:
        assert all(max(row) == 1 for row in once.values())
    else:
        assert once == alone


@EVERY
@pytest.mark.parametrize("seed", range(8))
def test_a_single_vote_is_taken_for_what_it_is(kind, seed):
    fused = kind.fuse({"t": {"w": kind.answer(seed)}}, {})

    if kind.answer is mask_of and not mask_of(seed).all():
        assert fused["t"] == mask_of(seed).tolist()
    if kind.answer is boxes_of:
        assert len(fused["t"]) == len(boxes_of(seed).labels)
