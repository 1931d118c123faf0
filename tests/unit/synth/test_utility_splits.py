"""Who trains and who judges: never two slices of one source on both sides."""

import numpy as np
import pytest

from synth.errors import DataError
from synth.scenes import Scene
from synth.utility.splits import GAP, Round, are_independent, by_source, rounds


def slices(sources: int, each: int, *, empty: int = 0) -> list[Scene]:
    """`each` slices of each source, of which the first `empty` show no label."""
    pixels, objects = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.int32)
    return [
        Scene(pixels, objects, {} if n < empty else {1: "organ"}, f"p{source}_{n:03d}", f"p{source}", is_slice=True)
        for source in range(sources)
        for n in range(each)
    ]


def dealt(scenes: list[Scene], *, folds: int = 3, repeats: int = 1, train: int = 4, seed: int = 0) -> list[Round]:
    independent = are_independent(scenes, folds)
    how = {"folds": folds, "repeats": repeats, "train_slices": train, "seed": seed, "independent": independent}
    return list(rounds(scenes, **how))


def names(scenes: list[Scene]) -> set[str]:
    return {scene.name for scene in scenes}


def groups(scenes: list[Scene]) -> set[str]:
    return {scene.group for scene in scenes}


def test_a_source_is_on_one_side_and_judges_once():
    scenes = slices(7, 5, empty=2)
    found = dealt(scenes)
    for one in found:
        learnt = one.train + one.further
        assert not groups(learnt) & groups(one.test)
        assert one.held == groups(one.test)
        assert all(scene.kinds for scene in learnt), "slices without a label are not drawn"
        assert not names(one.train) & names(one.further)
        assert names(one.test) >= {s.name for s in scenes if s.group in one.held}, "its empty slices judge too"
    judged = [name for one in found for name in names(one.test)]
    assert sorted(judged) == sorted(names(scenes))


def test_few_slices_are_of_many_sources():
    for one in dealt(slices(9, 6)):
        assert len(groups(one.train)) == 4, "one of each of four"
        assert len(groups(one.train + one.further[:2])) == 6, "then of those that are left"


def test_repeats_deal_the_sources_anew_and_a_seed_deals_alike():
    scenes = slices(9, 3)
    first, second = dealt(scenes, repeats=2)[:3], dealt(scenes, repeats=2)[3:]
    assert [one.held for one in first] != [one.held for one in second]
    assert [names(one.train) for one in dealt(scenes, seed=5)] == [names(one.train) for one in dealt(scenes, seed=5)]
    assert [names(one.train) for one in dealt(scenes, seed=5)] != [names(one.train) for one in dealt(scenes, seed=6)]


def test_a_single_source_is_cut_in_stretches_with_gaps():
    scenes = slices(1, 40, empty=10)
    found = dealt(scenes)
    assert [len([s for s in one.test if s.kinds]) for one in found] == [10, 10, 10]
    place = {scene.name: n for n, scene in enumerate(scenes)}
    for one in found:
        tested = sorted(place[scene.name] for scene in one.test)
        assert tested == list(range(tested[0], tested[-1] + 1)), "a stretch"
        nearest = min(abs(place[s.name] - t) for s in one.train + one.further for t in tested)
        assert nearest == GAP + 1
        assert not one.held & names(one.train + one.further)
        assert all(scene.group == scene.name for scene in one.train), "each may be another's donor"


def test_too_little_is_told():
    with pytest.raises(DataError, match="3 folds need as many sources; there are 2"):
        are_independent(slices(2, 9), 3)
    with pytest.raises(DataError, match="9 labelled slices are wanted to train on; beside fold 1 are 4"):
        dealt(slices(3, 2), train=9)
    with pytest.raises(DataError, match="3 folds need as many labelled slices; there are 2"):
        dealt(slices(1, 5, empty=3))


def test_names_tell_the_source():
    scenes = slices(12, 2)
    assert groups(by_source(scenes, "p1?[0-9]")) == {f"p{n}" for n in range(12)}
    assert groups(by_source(scenes, "^p[0-9]")) == {f"p{n}" for n in range(10)}, "p10 and p11 are part of p1"
    with pytest.raises(DataError, match=r"by 'q' in every file's name; p0_000 has none"):
        by_source(scenes, "q")
