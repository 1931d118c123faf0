import copy

import numpy as np
import pytest
from scipy import stats

from quality.domain.consensus import FUSERS, Vote
from quality.domain.reliability import ESTIMATORS, Reliability
from quality.domain.reliability.scored import DEFAULT_PRIOR
from quality.domain.rubrics import RUBRICS, RubricResult
from quality.domain.stopping import RiskGoal, risk_of
from quality.domain.unlabelled import as_if_unlabelled, without

LABELS = ["cat", "dog", "cow"]
SIZE = (8, 8)


def test_a_mean_without_one_of_its_answers():
    # 19 of 20 right beside a prior of 3 in 4: (19 + 3) / 24; without the miss (19 + 3) / 23.
    known = Reliability(mean=22 / 24, low=0.8, high=0.98, n=20)
    assert without(known, worth=20, score=0.0) == pytest.approx(22 / 23)
    assert without(known, worth=20, score=1.0) == pytest.approx(21 / 23)
    assert without(Reliability(0.8, 0.6, 0.95, n=0), worth=0, score=0.0) == 0.8


def test_what_peers_told_is_worth_answers_too():
    alone = Reliability(mean=0.9, low=0.86, high=0.94, n=5)
    beside = Reliability(mean=0.9, low=0.86, high=0.94, n=5, state={"peers": {"worth": 100}})
    assert without(alone, worth=5, score=0.0) == 1.0
    assert without(beside, worth=5, score=0.0) == pytest.approx(0.9 * 151.2 / 150.2, abs=1e-3)


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("class", RubricResult(0.0, {"truth": "cat", "said": "dog"})),
        ("box", RubricResult(0.4, {"matched": 1, "missed": 1, "spurious": 0, "pairs": [[0, 0, 0.9]]})),
        ("mask", RubricResult(0.7, {"dice": 0.8, "surface_dice": 0.6, "area_ratio": 1.1, "empty_truth": False})),
    ],
)
def test_an_answer_taken_out_leaves_what_was_there_before(kind, result):
    estimator = ESTIMATORS[kind]
    before = estimator.update(estimator.update(None, result), result)
    after = estimator.estimate(estimator.update(before, result), DEFAULT_PRIOR)
    kept = copy.deepcopy(after.state)

    found = as_if_unlabelled(kind, after, result)

    assert after.state == kept
    assert found.n == 2
    for key, value in before.items():
        if isinstance(value, int | float):
            assert found.state[key] == pytest.approx(value), key
    assert found.state.get("confusion") == before.get("confusion")
    assert found.mean == pytest.approx(estimator.estimate(before, DEFAULT_PRIOR).mean, abs=0.05)


def test_abstentions_and_strangers_are_left_as_they_are():
    stranger = Reliability(mean=0.75, low=0.3, high=0.9, n=0)

    assert as_if_unlabelled("class", stranger, RubricResult(1.0, {"truth": "cat", "said": "cat"})) is stranger
    known = Reliability(mean=0.75, low=0.3, high=0.9, n=3)
    assert as_if_unlabelled("class", known, RubricResult(None, {"abstained": True})) is known


class _Play:
    """A crowd of newcomers learns and labels under a goal; gold and open tasks are of one kind."""

    def __init__(self, seed, *, honest):
        self.rng, self.honest, n = np.random.default_rng(seed), honest, 300
        self.wrong = self.rng.choice([0.06, 0.25, 0.6], 30, p=[0.5, 0.3, 0.2])
        self.truth, self.gold = self.rng.integers(3, size=n), self.rng.random(n) < 0.25
        self.votes, self.lessons = [[] for _ in range(n)], [{} for _ in range(n)]
        self.people, self.states, self.known = [self.rng.permutation(30) for _ in range(n)], {}, {}
        self.risk, rule = [None] * n, RiskGoal(0.05)
        waiting = list(range(n))
        while waiting:
            for task in self.rng.permutation(waiting):
                self.answer(task)
            waiting = [
                t
                for t in waiting
                if rule.wanted(counted=len(self.votes[t]), target=8, risk=self.risk[t], known=self.mean_known(t))
                > len(self.votes[t])
            ]

    def of(self, task):
        if not self.honest:
            return self.known
        own = {w: as_if_unlabelled("class", self.known[w], r) for w, r in self.lessons[task].items()}
        return {**self.known, **own}

    def mean_known(self, task):
        known = self.of(task)
        return np.mean([known[v.annotator].n if v.annotator in known else 0 for v in self.votes[task]])

    def answer(self, task):
        person, label = int(self.people[task][len(self.votes[task])]), self.truth[task]
        if self.rng.random() < self.wrong[person]:
            label = (label + self.rng.integers(1, 3)) % 3
        said, true = ({"kind": "class", "label": LABELS[i]} for i in (label, self.truth[task]))
        self.votes[task].append(Vote(person, said))
        if self.gold[task]:
            self.lessons[task][person] = result = RUBRICS["class"](said, true, size=SIZE)
            self.states[person] = ESTIMATORS["class"].update(self.states.get(person), result)
            self.known[person] = ESTIMATORS["class"].estimate(self.states[person], DEFAULT_PRIOR)
        fused = FUSERS["class"](self.votes[task], self.of(task), labels=LABELS, size=SIZE)
        self.risk[task] = risk_of("class", fused)


def area(play):
    """Chance that a gold task took more answers than an open one."""
    counts = np.array([len(votes) for votes in play.votes])
    n, m = play.gold.sum(), (~play.gold).sum()
    return (stats.rankdata(counts)[play.gold].sum() - n * (n + 1) / 2) / (n * m)


def test_i3_how_many_answers_a_task_took_does_not_tell_whether_it_is_gold():
    # Standard error of the mean of six: .016.
    honest = np.mean([area(_Play(seed, honest=True)) for seed in range(6)])
    naive = np.mean([area(_Play(seed, honest=False)) for seed in range(6)])

    assert abs(honest - 0.5) < 0.045
    assert naive < 0.45  # what is guarded against is there
