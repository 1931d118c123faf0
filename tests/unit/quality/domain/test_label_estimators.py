"""What every estimator of labels promises."""

import numpy as np
import pytest

from quality.domain.aggregation.labels import ESTIMATORS, LabelVotes
from quality.domain.aggregation.labels.accuracy import worker_accuracy
from quality.domain.aggregation.labels.pool import pool_with_held_out

EVERY = pytest.mark.parametrize("name", ESTIMATORS)
LABELS = ["bud", "leaf", "root"]


def crowd(seed=0, n_tasks=60, n_good=5, n_bad=4):
    """Votes of people right 85 % of the time and of people who nearly always say "bud"; with the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n_tasks)
    rows = []
    for t in range(n_tasks):
        for w in range(n_good + n_bad):
            if w < n_good:
                said = truth[t] if rng.random() < 0.85 else rng.integers(3)
            else:
                said = 0 if rng.random() < 0.9 else rng.integers(3)
            rows.append((f"t{t:03d}", f"w{w}", LABELS[said]))
    return rows, {f"t{t:03d}": LABELS[k] for t, k in enumerate(truth)}


def encode(rows, gold=None):
    tasks, workers, labels = zip(*rows, strict=True)
    return LabelVotes.encode(tasks, workers, labels, gold=gold)


def accuracy(votes, probabilities, truth):
    best = np.array(votes.labels)[probabilities.argmax(axis=1)]
    return np.mean([truth[task] == label for task, label in zip(votes.tasks, best, strict=True)])


@EVERY
def test_rows_are_probabilities(name):
    rows, _ = crowd()
    result = ESTIMATORS[name](encode(rows))

    assert result.shape == (60, 3)
    assert result.min() >= 0
    np.testing.assert_allclose(result.sum(axis=1), 1)


@EVERY
def test_gold_comes_out_as_known(name):
    rows, truth = crowd()
    wrong = {"t000": "root" if truth["t000"] != "root" else "bud"}
    votes = encode(rows, wrong)

    assert ESTIMATORS[name](votes)[0].tolist() == [float(label == wrong["t000"]) for label in votes.labels]


@EVERY
def test_renaming_labels_renames_the_result(name):
    rows, truth = crowd()
    gold = {task: truth[task] for task in sorted(truth)[:12]}
    flip = {"bud": "z", "leaf": "y", "root": "x"}  # also turns their order round
    renamed = [(task, worker, flip[label]) for task, worker, label in rows]

    plain = ESTIMATORS[name](encode(rows, gold))
    other = ESTIMATORS[name](encode(renamed, {task: flip[label] for task, label in gold.items()}))

    # EBCC starts from a seeded nudge per label, so its fixed points are close but not the same.
    np.testing.assert_allclose(plain, other[:, ::-1], atol=0.2 if name in ("ebcc", "pool") else 1e-6)


@EVERY
def test_renaming_workers_changes_nothing(name):
    rows, _ = crowd()
    renamed = [(task, worker.replace("w", "person"), label) for task, worker, label in rows]

    np.testing.assert_array_equal(ESTIMATORS[name](encode(rows)), ESTIMATORS[name](encode(renamed)))


@EVERY
def test_order_of_rows_changes_nothing(name):
    rows, truth = crowd()
    gold = {task: truth[task] for task in sorted(truth)[:12]}
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]

    np.testing.assert_array_equal(ESTIMATORS[name](encode(rows, gold)), ESTIMATORS[name](encode(shuffled, gold)))


@EVERY
def test_votes_are_left_alone(name):
    rows, truth = crowd()
    votes = encode(rows, {"t000": truth["t000"]})
    before = [votes.task.copy(), votes.worker.copy(), votes.label.copy(), votes.gold.copy()]

    ESTIMATORS[name](votes)

    for old, new in zip(before, [votes.task, votes.worker, votes.label, votes.gold], strict=True):
        np.testing.assert_array_equal(old, new)


@EVERY
@pytest.mark.parametrize(
    "rows",
    [
        [("t", "w", "a")],
        [("t", "w", "a"), ("t", "v", "a")],
        [("t", "w", "a"), ("t", "v", "b")],
        [(f"t{i}", "w", "a") for i in range(9)],
    ],
)
def test_tiny_sets_come_out_without_fuss(name, rows):
    result = ESTIMATORS[name](encode(rows))

    assert np.isfinite(result).all()
    assert result[0, 0] >= 0.5 - 1e-9


@EVERY
def test_gold_of_a_label_nobody_voted_for_is_ignored(name):
    rows, _ = crowd()

    np.testing.assert_array_equal(ESTIMATORS[name](encode(rows, {"t000": "thorn"})), ESTIMATORS[name](encode(rows)))


@EVERY
def test_gold_helps_against_a_biased_minority(name):
    rows, truth = crowd()
    votes = encode(rows, {task: truth[task] for task in sorted(truth)[:20]})

    assert accuracy(votes, ESTIMATORS[name](votes), truth) >= 0.85


def test_no_vote_is_an_error():
    with pytest.raises(ValueError, match="no vote"):
        LabelVotes.encode([], [], [])


def test_the_pool_beats_the_majority_where_some_are_biased():
    rows, truth = crowd(n_good=4, n_bad=5)
    votes = encode(rows, {task: truth[task] for task in sorted(truth)[:12]})

    assert (
        accuracy(votes, ESTIMATORS["pool"](votes), truth) > accuracy(votes, ESTIMATORS["majority"](votes), truth) + 0.1
    )


def test_worker_accuracy_tells_the_good_from_the_biased():
    rows, truth = crowd(n_tasks=120)
    votes = encode(rows, {task: truth[task] for task in sorted(truth)[:24]})
    true = [np.mean([truth[t] == said for t, worker, said in rows if worker == name]) for name in votes.workers]

    people = worker_accuracy(votes, *pool_with_held_out(votes))

    assert [person.n for person in people] == [24] * 9
    assert min(p.mean for p in people[:5]) > 0.75 > 0.55 > max(p.mean for p in people[5:])
    assert sum(p.low <= t <= p.high for p, t in zip(people, true, strict=True)) >= 7
