"""What told sums give away together: checked by hand, and against every combination on small tables."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.domain.disclosure import fewest_told, tellable


@pytest.mark.parametrize(
    ("counts", "fewest"),
    [
        ([[10]], 10),
        ([[9, 10], [1, 0]], 1),  # the one dog
        ([[10, 1, 0], [0, 9, 10]], 1),  # eleven cats without the first round
        ([[10, 0], [0, 10]], 10),  # rounds of one kind each say the same twice
        ([[5, 5], [5, 5]], 10),
        ([[10, 2, 0], [0, 8, 10]], 2),
    ],
)
def test_the_fewest_answers_by_hand(counts, fewest):
    assert fewest_told(np.array(counts)) == fewest


@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=3))
@settings(max_examples=60)
def test_no_combination_of_sums_singles_out_fewer(rows):
    """Every combination with factors -2 ... 2 leaves either nothing or at least that many answers."""
    counts = np.array(rows)
    fewest = fewest_told(counts)
    kinds, rounds = counts.shape
    left = set()
    for factors in product(range(-2, 3), repeat=kinds + rounds):
        by_kind, by_round = np.array(factors[:kinds]), np.array(factors[kinds:])
        left.add(int(counts[(by_kind[:, None] + by_round[None, :]) != 0].sum()))
    assert min(left - {0}, default=0) == fewest


def test_rare_kinds_go_together_until_it_is_safe():
    mixed = [("cat", n) for n in range(5) for _ in range(6)] + [("dog", n) for n in range(5) for _ in range(4)]
    rare = [("eel", 0), ("fox", 1), *[("gnu", 2)] * 3, ("eel", 3), ("fox", 4)]
    assert tellable(mixed) == [("cat",), ("dog",)]
    assert tellable(mixed + rare) == [("cat",), ("dog", "eel", "fox", "gnu")]


def test_what_only_the_whole_could_tell_is_not_told():
    assert tellable([("cat", n) for n in range(5) for _ in range(10)]) == [("cat",)]
    assert tellable([("cat", 1)] * 9) == []
    assert tellable([("cat", 1)] * 10 + [("cat", 2)] + [("dog", 2)] * 9 + [("dog", 3)] * 10) == []
    assert tellable([]) == []


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 5)), max_size=80))
@settings(max_examples=40)
def test_whatever_is_told_stays_above_ten(answers):
    groups = tellable(answers)
    rounds = sorted({name for _, name in answers})
    counts = np.zeros((len(groups), len(rounds)), dtype=int)
    for kind, name in answers:
        for index, group in enumerate(groups):
            counts[index, rounds.index(name)] += kind in group
    assert not groups or (fewest_told(counts) >= 10 and counts.sum() == len(answers))


def test_a_table_that_is_none_is_refused():
    with pytest.raises(ValueError, match="Expected counts of shape"):
        fewest_told(np.array([1, 2]))
