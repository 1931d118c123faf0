"""Fair play: planted farmers, twins and double accounts are found; of honest people who differ widely hardly one is."""

from dataclasses import replace

import numpy as np
import pytest

from quality.domain.fairplay import Finding, Given, findings, is_stronger
from quality.domain.fairplay.accounts import sessions_of
from quality.domain.fairplay.base import Signal, far_above, significant
from quality.domain.fairplay.monotony import chance_of_run, longest_run
from quality.domain.fairplay.twins import pairs_of
from tests.unit.quality.domain.crowds import DAY, Crowd


def about(found: list[Finding], person: str) -> set[str]:
    return {finding.kind for finding in found if person in finding.people}


def test_honest_crowds_are_left_in_peace():
    """Thirty crowds of forty honest people: at most 1 % of them are ever listed."""
    listed = set()
    for seed in range(30):
        found = findings(Crowd(np.random.default_rng(seed)).answers)
        listed |= {(seed, person) for finding in found for person in finding.people}
    assert len(listed) <= 0.01 * 30 * 40


@pytest.mark.parametrize("seed", range(5))
def test_somebody_who_clicks_through_is_found(seed):
    crowd = Crowd(np.random.default_rng(seed))
    crowd.replace(
        "p7",
        [
            crowd.given("p7", a.task, str(crowd.rng.choice(["a", "b", "c", "d"])), a.at, 0.9 + crowd.rng.random() / 3)
            for a in crowd.of("p7")
        ],
    )
    found = findings(crowd.answers)
    assert "fast" in about(found, "p7")
    (sentence,) = [f.sentence for f in found if f.kind == "fast"]
    assert sentence.startswith("{0} takes ")
    assert {p for f in found for p in f.people} == {"p7"}


def test_fast_people_who_are_right_are_not():
    crowd = Crowd(np.random.default_rng(3))
    crowd.replace("p7", [crowd.given("p7", a.task, a.truth, a.at, 1.0) for a in crowd.of("p7")])
    assert about(findings(crowd.answers), "p7") == set()


@pytest.mark.parametrize("seed", range(5))
def test_somebody_who_stops_looking_is_found(seed):
    crowd = Crowd(np.random.default_rng(seed), tasks=600)
    crowd.skill[7] = 2.0
    own = sorted(crowd.of("p7"), key=lambda a: a.at)
    half = len(own) // 2
    lazy = [crowd.given("p7", a.task, str(crowd.rng.choice(["a", "b", "c", "d"])), a.at, 0.8) for a in own[half:]]
    crowd.replace("p7", own[:half] + lazy)
    assert about(findings(crowd.answers), "p7") & {"fast", "faster"}


@pytest.mark.parametrize("seed", range(5))
def test_always_the_same_answer_is_found(seed):
    crowd = Crowd(np.random.default_rng(seed))
    crowd.replace("p7", [crowd.given("p7", a.task, "b", a.at, a.seconds) for a in crowd.of("p7")])
    found = findings(crowd.answers)
    assert "one answer" in about(found, "p7")
    assert any("says “b” in 100% of" in f.sentence for f in found)


@pytest.mark.parametrize("seed", range(5))
def test_a_long_run_in_the_middle_is_found(seed):
    crowd = Crowd(np.random.default_rng(seed))
    own = sorted(crowd.of("p7"), key=lambda a: a.at)
    crowd.replace(
        "p7", [replace(a, said="c", right=float(a.truth == "c")) if 20 <= n < 45 else a for n, a in enumerate(own)]
    )
    assert "runs" in about(findings(crowd.answers), "p7")


@pytest.mark.parametrize("seed", range(5))
def test_somebody_who_copies_is_found_with_whom(seed):
    crowd = Crowd(np.random.default_rng(seed), people=30, tasks=800)
    crowd.skill[3] = 0.6
    theirs = {a.task: a.said for a in crowd.of("p3")}
    crowd.replace(
        "p7", [crowd.given("p7", a.task, theirs.get(a.task, a.said), a.at, a.seconds) for a in crowd.of("p7")]
    )
    found = [f for f in findings(crowd.answers) if f.kind == "copies"]
    assert [set(f.people) for f in found] == [{"p3", "p7"}]


def test_the_same_drawing_twice_is_no_chance():
    rng = np.random.default_rng(1)
    answers = [
        Given(f"p{who}", task, f"drawing {who} {task}", float(100 * task + who), 5.0, drawn=True)
        for task in range(40)
        for who in rng.choice(20, 8, replace=False)
    ]
    first = {a.task: a.said for a in answers if a.person == "p1"}
    answers = [replace(a, said=first[a.task]) if a.person == "p2" and a.task in first else a for a in answers]
    found = [f for f in findings(answers) if f.kind == "copies"]
    assert [set(f.people) for f in found] == [{"p1", "p2"}]
    assert "exactly the same drawing" in found[0].sentence


@pytest.mark.parametrize("seed", range(5))
def test_two_accounts_of_one_person_are_found(seed):
    crowd = Crowd(np.random.default_rng(seed), tasks=600)
    first = sorted(crowd.of("p3"), key=lambda a: a.at)
    ends = sessions_of(np.array([a.at for a in first]))[:, 1]
    second = sorted(crowd.of("p7"), key=lambda a: a.at)
    moved = [
        replace(a, at=float(ends[(n // 15) % len(ends)] + 60 + (n % 15) * 8 + (n // 15 // len(ends)) * 9 * DAY))
        for n, a in enumerate(second)
    ]
    crowd.replace("p7", moved)
    found = [f for f in findings(crowd.answers) if f.kind == "handovers"]
    assert [set(f.people) for f in found] == [{"p3", "p7"}]


def test_a_class_that_plays_together_is_no_double_account():
    crowd = Crowd(np.random.default_rng(2))
    together = [
        replace(a, at=float(n % 8 * DAY + 36_000 + crowd.rng.uniform(0, 2400))) for n, a in enumerate(crowd.answers)
    ]
    assert not [f for f in findings(together) if f.kind == "handovers"]


def test_names_and_order_do_not_matter():
    crowd = Crowd(np.random.default_rng(4))
    crowd.replace("p7", [crowd.given("p7", a.task, "b", a.at, a.seconds) for a in crowd.of("p7")])
    renamed = [replace(a, person=f"x{a.person}") for a in reversed(crowd.answers)]
    before = [(f.kind, tuple(f"x{p}" for p in f.people), pytest.approx(f.p)) for f in findings(crowd.answers)]
    assert [(f.kind, f.people, f.p) for f in findings(renamed)] == before


@pytest.mark.parametrize("answers", [[], [Given("p", 1, "a", 0.0)], [Given("p", 1, "a", 0.0), Given("q", 1, "a", 1.0)]])
def test_little_is_no_evidence(answers):
    assert findings(answers) == []


def test_pieces_by_hand():
    assert longest_run(np.array([1, 1, 2, 2, 2, 3])) == (3, 2)
    assert chance_of_run(10, 100, 0.5) == pytest.approx(1 - np.exp(-50 / 1024))
    assert sessions_of(np.array([0.0, 500.0, 1200.0])).tolist() == [[0.0, 500.0], [1200.0, 1200.0]]
    assert [x.tolist() for x in pairs_of(np.array([5, 6, 5, 5]))] == [[0, 0, 2], [2, 3, 3]]
    assert far_above(np.array([0.0, 0.1, 5.0]), np.zeros(3)).tolist() == [1, 1, 1]  # too few people to know any
    signals = [Signal(("a",), "", 0.001), Signal(("b",), "", 0.004)]
    assert [(f.people, f.p) for f in significant("k", signals, tested=3, level=0.01)] == [
        (("a",), 0.003),
        (("b",), 0.008),
    ]


def test_evidence_is_stronger_once_it_has_doubled():
    assert [is_stronger(p, before=0.01) for p in (0.01, 0.001, 1e-4, 0.0)] == [False, False, True, True]
    assert not is_stronger(0.0, before=0.0)
