"""The others' consensus tells of the quantities of a profile too: rows of a confusion matrix, finding, edges."""

import numpy as np
import pytest

from quality.domain.aggregation.graded import Graded
from quality.domain.answers import mask_answer
from quality.domain.reliability import ESTIMATORS
from quality.domain.rubrics import RubricResult

CLASS = ESTIMATORS["class"]
LABELS = ("cat", "dog", "owl")
PREVALENCE = (0.6, 0.25, 0.15)
PEOPLE, TASKS, VOTES = 40, 400, 5
SIZE = (128, 128)


def test_rows_of_the_confusion_matrix():
    alone, beside, hits = [], [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = np.stack([rng.dirichlet(40 * np.eye(3)[k] + 4, PEOPLE) for k in range(3)], axis=1)  # [J, truth, said]
        rows[rng.random(PEOPLE) < 0.25] = 1 / 3
        states = class_states(rows, rng)
        prior, less = CLASS.population(states), CLASS.population([by_gold(state) for state in states])
        for k, label in enumerate(LABELS):
            name = f"said {label} for {label}"
            found = [CLASS.right(state, prior)[name] for state in states]
            alone += [CLASS.right(by_gold(s), less)[name].mean - t for s, t in zip(states, rows[:, k, k], strict=True)]
            beside += [one.mean - true for one, true in zip(found, rows[:, k, k], strict=True)]
            hits += [one.low <= true <= one.high for one, true in zip(found, rows[:, k, k], strict=True)]

    assert np.std(beside) < 0.7 * np.std(alone)
    assert 0.87 <= np.mean(hits) <= 0.97  # of rare labels there is hardly any gold, and the prior is wide


def class_states(rows, rng, n_gold=5):
    """People who met a little gold, and open tasks of which some are hard, so that they err alike."""
    states = [None] * PEOPLE
    for person in range(PEOPLE):
        for truth in rng.choice(3, n_gold, p=PREVALENCE):
            states[person] = CLASS.update(states[person], result(truth, rng.choice(3, p=rows[person, truth])))
    for truth in rng.choice(3, TASKS, p=PREVALENCE):
        who = rng.choice(PEOPLE, VOTES, replace=False)
        doubt = 0.5 * (rng.random() < 0.15)
        said = np.array([rng.choice(3, p=(1 - doubt) * rows[j, truth] + doubt * np.array(PREVALENCE)) for j in who])
        for i, person in enumerate(who):
            votes = np.bincount(np.delete(said, i), minlength=3)
            soft = RubricResult(votes[said[i]] / votes.sum(), result(int(votes.argmax()), said[i]).details)
            states[person] = CLASS.hear(states[person], soft)
    return states


def result(truth, said):
    return RubricResult(float(truth == said), {"truth": LABELS[truth], "said": LABELS[said]})


def by_gold(state):
    return {key: value for key, value in state.items() if key != "peers"}


def test_a_label_that_turned_up_since_the_crowd_was_fitted():
    rng = np.random.default_rng(3)
    states = class_states(np.stack([np.full((PEOPLE, 3), 0.1) + 0.7 * np.eye(3)[k] for k in range(3)], axis=1), rng)
    prior = CLASS.population(states)
    later = CLASS.hear(states[0], RubricResult(0.2, {"truth": "yak", "said": "cat"}))
    assert CLASS.profile(later, prior)["said cat for cat"].mean > 0.5
    assert "said yak for yak" in CLASS.right(later, prior)


def test_a_cell_that_the_others_speak_of_has_a_whole_distribution():
    rng = np.random.default_rng(3)
    states = class_states(np.stack([np.full((PEOPLE, 3), 0.1) + 0.7 * np.eye(3)[k] for k in range(3)], axis=1), rng)
    cells = CLASS.profile(states[0], CLASS.population(states))
    for truth in LABELS:
        assert sum(cells[f"said {said} for {truth}"].mean for said in LABELS) == pytest.approx(1)
    assert cells["said cat for cat"].n < 10  # answers to gold: what the peers tell is no such answer


# A picture holds several objects to find and one to outline, so the others' boxes tell more.
@pytest.mark.parametrize(("kind", "ratio"), [("box", 0.8), ("mask", 0.9)])
def test_finding_and_edges(kind, ratio):
    errors = {"gold": [], "peers": []}
    hits = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        find, wide = rng.beta(8, 2, 20), rng.normal(1.5, 1.5, 20)  # px that each side is drawn too far out
        draw = {"box": draw_box, "mask": draw_mask}[kind]
        gold = {f"g{i}": scene(rng) for i in range(5)}
        names = [f"p{j:02d}" for j in range(20)]
        rows = [
            (task, name, draw(true, find[j], wide[j], rng), "")
            for j, name in enumerate(names)
            for task, true in gold.items()
        ]
        open_tasks = []
        for _ in range(60):
            true, who = scene(rng), rng.choice(20, VOTES, replace=False)
            open_tasks.append(({names[j]: draw(true, find[j], wide[j], rng) for j in who}, SIZE))
        truths = {task: draw(true, 1.0, 0.0, None) for task, true in gold.items()}
        alone = Graded.of(kind, rows, truths, dict.fromkeys(gold, SIZE))
        beside = alone.beside_peers(open_tasks)
        share = {"box": "detection", "mask": "hit"}[kind]
        for told, graded in (("gold", alone), ("peers", beside)):
            errors[told] += [graded.profile(name)[share].mean - find[j] for j, name in enumerate(names)]
        profiles = [beside.profile(name) for name in names]
        hits += [one[share].low <= true <= one[share].high for one, true in zip(profiles, find, strict=True)]
        edge = {"box": "offset width", "mask": "offset"}[kind]
        by_gold_alone = np.corrcoef([alone.profile(name)[edge].mean for name in names], wide)[0, 1]
        assert np.corrcoef([one[edge].mean for one in profiles], wide)[0, 1] > min(by_gold_alone, 0.95)

    assert np.sqrt(np.mean(np.square(errors["peers"]))) < ratio * np.sqrt(np.mean(np.square(errors["gold"])))
    assert np.mean(hits) > 0.8


def scene(rng):
    """Boxes float[N, 4] of objects that lie apart."""
    corners = np.array([(x, y) for x in (20, 70) for y in (20, 70)]) + rng.uniform(0, 8, (4, 2))
    chosen = rng.permutation(corners)[: rng.integers(1, 4)]
    return np.concatenate([chosen, chosen + rng.uniform(26, 36, (len(chosen), 2))], axis=1)


def draw_box(true, find, wide, rng):
    kept = true if rng is None else true[rng.random(len(true)) < find]
    noise = 0 if rng is None else rng.normal(0, 1, kept.shape)
    drawn = kept + np.array([-wide, -wide, wide, wide]) + noise
    return {"kind": "box", "boxes": [[*box, "cell"] for box in drawn.tolist()]} if len(drawn) else {"kind": "nothing"}


def draw_mask(true, find, wide, rng):
    """An ellipse round the first object, or nothing."""
    if rng is not None and rng.random() > find:
        return {"kind": "nothing"}
    x1, y1, x2, y2 = true[0]
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    a, b = (x2 - x1) / 2 + wide, (y2 - y1) / 2 + wide
    return mask_answer(((x - (x1 + x2) / 2) / a) ** 2 + ((y - (y1 + y2) / 2) / b) ** 2 <= 1)
