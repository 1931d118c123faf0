"""What answers earn must not tell gold from open tasks, even to somebody who could see it answer by answer (I4)."""

from collections.abc import Iterator

import numpy as np

from quality.domain.consensus import FUSERS, Fused, Vote
from quality.domain.reliability import ESTIMATORS
from quality.domain.rubrics import RUBRICS, RubricResult
from quality.domain.scoring import score_answer
from quality.domain.unlabelled import as_if_unlabelled

SIZE = (10, 10)
LABELS = ["cat", "dog"]
WORLDS = 16


def said(label: str) -> dict[str, str]:
    return {"kind": "class", "label": label}


def graded(label: str, truth: str) -> RubricResult:
    return RUBRICS["class"](said(label), said(truth), known_region=None, size=SIZE)


def wrong_answers(seed: int) -> Iterator[tuple[bool, float, float, float]]:
    """Of each of 200 tasks: whether it is gold; what a wrong answer earns as scored; had the crowd kept what this very
    task taught about it; by the truth, with the crowd's doubt. Thirty people, three votes a task, one in five hard."""
    rng = np.random.default_rng(seed)
    estimator = ESTIMATORS["class"]
    skill = rng.beta(6, 2.5, 30)
    states: dict[int, dict] = {}
    given: list[tuple[bool, str, dict[int, str]]] = []
    for _ in range(200):
        truth, is_gold, is_hard = str(rng.choice(LABELS)), bool(rng.random() < 0.25), bool(rng.random() < 0.2)
        other = LABELS[1 - LABELS.index(truth)]
        people = rng.choice(30, 3, replace=False).tolist()
        votes = {j: truth if rng.random() < skill[j] * (0.5 if is_hard else 1) else other for j in people}
        if is_gold:
            states |= {j: estimator.update(states.get(j), graded(label, truth)) for j, label in votes.items()}
        given.append((is_gold, truth, votes))
    prior = estimator.population(states.values())
    known = {j: estimator.estimate(states.get(j), prior) for j in range(30)}
    for is_gold, truth, votes in given:
        wrong = LABELS[1 - LABELS.index(truth)]
        unlearnt = {j: as_if_unlabelled("class", known[j], graded(label, truth)) for j, label in votes.items()}
        kept = fuse(votes, known)
        scored = fuse(votes, unlearnt if is_gold else known)
        doubt = 1 - max(kept.probabilities.values())
        yield is_gold, pays(wrong, scored), pays(wrong, kept), doubt if is_gold else pays(wrong, kept)


def fuse(votes: dict[int, str], known: dict) -> Fused:
    cast = [Vote(annotator=j, answer=said(label)) for j, label in votes.items()]
    return FUSERS["class"](cast, known, labels=LABELS, prior=None, size=SIZE)


def pays(label: str, crowd: Fused) -> float:
    return score_answer(said(label), kind="class", evidence=crowd, expected=0.7, size=SIZE)


def test_wrong_answers_earn_the_same_on_gold_as_elsewhere():
    """Leaving the truth out is not enough: what the task taught about its people has to be left out too."""
    areas = []
    for seed in range(WORLDS):
        rows = np.array(list(wrong_answers(seed)))
        gold, columns = rows[:, 0] == 1, rows[:, 1:].T
        areas.append([lower_on_gold(column[gold], column[~gold]) for column in columns])
    scored, kept, by_truth = np.mean(areas, axis=0)
    error = np.std(areas, axis=0)[0] / WORLDS**0.5
    assert abs(scored - 0.5) < 3 * error < 0.05
    assert kept > 0.54
    assert by_truth > 0.54


def lower_on_gold(gold: np.ndarray, elsewhere: np.ndarray) -> float:
    """The chance that an answer to gold earns less than one elsewhere, ties counted half."""
    return float(np.mean((gold[:, None] < elsewhere) + 0.5 * (gold[:, None] == elsewhere)))
