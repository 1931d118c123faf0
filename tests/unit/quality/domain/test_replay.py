from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from quality.domain.replay import Policy, Recorded, Recording, replay, score
from quality.domain.scoring import KnownAnswer
from quality.domain.stopping import FixedRedundancy, RiskGoal

LABELS = ["cat", "dog", "cow"]


def said(label):
    return {"kind": "class", "label": label}


def recorded_crowd(seed, *, n_open=300, n_gold=80, people=24, redundancy=9):
    """Answers of good, sloppy and guessing people; one task in five is hard."""
    rng = np.random.default_rng(seed)
    wrong = rng.permutation(
        np.repeat([0.06, 0.25, 2 / 3], [people // 2, people // 3, people - people // 2 - people // 3])
    )
    tasks = range(n_open + n_gold)
    truths = rng.integers(3, size=len(tasks))
    harder = np.where(rng.random(len(tasks)) < 0.2, 2.5, 0.8)
    answers = []
    for task in tasks:
        for person in rng.choice(people, redundancy, replace=False):
            miss = rng.random() < min(wrong[person] * harder[task], 2 / 3)
            label = (truths[task] + rng.integers(1, 3)) % 3 if miss else truths[task]
            answers.append(Recorded(task, int(person), said(LABELS[label])))
    known = {task: KnownAnswer(said(LABELS[truths[task]])) for task in tasks}
    return Recording(
        kind="class",
        labels=LABELS,
        answers=[answers[i] for i in rng.permutation(len(answers))],
        gold={task: known[task] for task in tasks if task >= n_open},
        checks={task: known[task] for task in tasks if task < n_open},
        sizes=dict.fromkeys(tasks, (8, 8)),
    )


@pytest.fixture(scope="module")
def recording():
    return recorded_crowd(1)


def played(recording, rule, redundancy=9, seed=2, **values):
    return replay(recording, Policy("", rule, redundancy, **values), rng=np.random.default_rng(seed))


def quality_of(outcome, recording):
    return score(outcome, recording, recording.checks, rng=np.random.default_rng(3))[0].mean


def test_a_fixed_number_of_answers_is_taken_from_each_task(recording):
    outcome = played(recording, FixedRedundancy(), redundancy=4)

    assert set(outcome.used.values()) == {4}
    assert (outcome.tasks, outcome.votes) == (300, 1200)
    assert set(outcome.used) == set(recording.checks)


def test_no_more_is_spent_than_was_recorded(recording):
    outcome = played(recording, FixedRedundancy(), redundancy=50)

    assert outcome.votes == 300 * recording.redundancy == 2700
    assert outcome.gold_votes <= 80 * 9


def test_gold_follows_its_rate(recording):
    given = Counter(answer.annotator for answer in recording.answers)
    for rate in (0.05, 0.1):
        outcome = played(recording, FixedRedundancy(), redundancy=6, gold_rate=rate)

        # Each person's gold is rounded to whole answers by a draw of its own.
        assert outcome.gold_votes / outcome.spent == pytest.approx(rate, abs=len(given) / outcome.spent / 2)


def test_without_gold_nothing_is_learnt_and_labels_are_still_made(recording):
    outcome = played(recording, FixedRedundancy(), gold_rate=0.0)

    assert outcome.gold_votes == 0
    assert quality_of(outcome, recording) > 0.9


def test_a_goal_saves_votes_at_equal_quality():
    saved, gained, risks, errors = [], [], [], []
    for seed in (4, 5, 6):
        recording = recorded_crowd(seed)
        fixed = played(recording, FixedRedundancy(), redundancy=6)
        by_risk = played(recording, RiskGoal(0.1))

        saved.append(1 - by_risk.votes / fixed.votes)
        gained.append(quality_of(by_risk, recording) - quality_of(fixed, recording))
        risks.append(by_risk.risk)
        errors.append(1 - quality_of(by_risk, recording))
    assert np.mean(saved) > 0.35
    assert np.mean(gained) > -0.01
    assert np.mean(errors) < np.mean(risks) + 0.01 < 0.1  # it promises no more than it keeps


def test_a_stricter_goal_takes_more_votes_and_is_surer(recording):
    outcomes = [played(recording, RiskGoal(goal)) for goal in (0.2, 0.05, 0.01)]

    assert sorted(outcome.votes for outcome in outcomes) == [outcome.votes for outcome in outcomes]
    assert outcomes[2].risk < outcomes[1].risk < outcomes[0].risk


def test_the_same_seed_gives_the_same_replay(recording):
    first, second, other = (played(recording, RiskGoal(0.05), seed=seed) for seed in (7, 7, 8))

    assert first == second
    assert first.used != other.used


def test_checks_are_set_aside_from_gold_and_teach_nothing(recording):
    some = recording.with_checks(0.25, rng=np.random.default_rng(1))

    assert (len(some.gold), len(some.checks)) == (60, 320)
    assert not set(some.gold) & set(some.checks)
    assert played(some, FixedRedundancy(), redundancy=3).tasks == 320


def test_a_task_that_nobody_could_tell_scores_nothing():
    recording = Recording(
        kind="class",
        labels=LABELS,
        answers=[Recorded("t", person, {"kind": "cannot_tell"}) for person in "abc"],
        gold={},
        checks={"t": KnownAnswer(said("cat"))},
        sizes={"t": (8, 8)},
    )

    outcome = played(recording, RiskGoal(0.05))

    assert outcome.votes == 3
    assert quality_of(outcome, recording) == 0


def test_boxes_are_replayed_too():
    box = {"kind": "box", "boxes": [[2, 2, 10, 10, "cat"]]}
    recording = Recording(
        kind="box",
        labels=LABELS,
        answers=[Recorded(task, person, box) for task in "tu" for person in "abcde"],
        gold={"u": KnownAnswer(box)},
        checks={"t": KnownAnswer(box)},
        sizes={"t": (32, 32), "u": (32, 32)},
    )

    outcome = played(recording, RiskGoal(0.3))

    assert outcome.votes < 5
    assert quality_of(outcome, recording) == 1


def with_proposals(recording, *, planted):
    """Beside each task's answers four that take one proposal, wrong, as it is."""
    extra = [
        Recorded(task, f"lazy {i}", said("cow"), proposal="p", edit=0.0, planted=planted)
        for task in recording.checks
        for i in range(4)
    ]
    return replace(recording, answers=[*recording.answers, *extra], checks=recording.checks)


def test_answers_that_lean_on_one_proposal_count_for_less_and_planted_ones_not_at_all():
    """One right answer in three is "cow"; of the others four alike carry tasks that have three answers of their own."""
    alone = recorded_crowd(4, n_open=60, n_gold=30, redundancy=3)
    unmarked = [replace(given, proposal=None) for given in with_proposals(alone, planted=False).answers]

    found = {
        name: played(recording, FixedRedundancy(), redundancy=20)
        for name, recording in {
            "alone": alone,
            "planted": with_proposals(alone, planted=True),
            "leaning": with_proposals(alone, planted=False),
            "unmarked": replace(alone, answers=unmarked),
        }.items()
    }
    quality = {name: quality_of(outcome, alone) for name, outcome in found.items()}

    assert found["planted"].votes == found["alone"].votes == 180
    assert found["leaning"].votes == 180 + 240
    assert quality["planted"] == pytest.approx(quality["alone"], abs=0.05)
    assert quality["leaning"] > quality["unmarked"] + 0.1


def test_a_planted_error_in_gold_teaches_and_fills_no_place():
    alone = recorded_crowd(5, n_open=40, n_gold=20, redundancy=3)
    kept = [replace(given, planted=True, kept_planted=True) for given in alone.answers if given.task in alone.gold]
    open_ = [given for given in alone.answers if given.task not in alone.gold]

    outcome = played(replace(alone, answers=[*open_, *kept]), FixedRedundancy())

    assert outcome.gold_votes == 20 * 3
    assert outcome.votes == 40 * 3
