"""Which slices a round trains on, which it may add and which judge it: never two of one source on both sides."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from synth.errors import DataError
from synth.realism.attack import folds as folds_by_group
from synth.scenes import Scene

GAP = 3  # slices beside the held-out part of a single volume that nothing learns from: they look like it


@dataclass(frozen=True)
class Round:
    """`train`: the slices that every arm has; `further`: labelled slices that may be added, in this order; `held`:
    sources (of a single source, names of slices) that nothing may be learnt from."""

    repeat: int
    fold: int
    train: list[Scene]
    further: list[Scene]
    test: list[Scene]
    held: frozenset[str]


def by_source(scenes: list[Scene], pattern: str) -> list[Scene]:
    """The same scenes, grouped by what of their name fits the regular expression `pattern`."""
    found = []
    for scene in scenes:
        match = re.search(pattern, scene.name)
        if match is None:
            raise DataError(f"The source should be told by {pattern!r} in every file's name; {scene.name} has none.")
        found.append(replace(scene, group=match.group()))
    return found


def rounds(
    scenes: list[Scene], *, folds: int, repeats: int, train_slices: int, seed: int, independent: bool
) -> Iterator[Round]:
    """`folds` x `repeats` rounds. `independent`: sources are dealt to folds, anew in each repeat; else, of a single
    source, each fold is one stretch of its slices."""
    for repeat in range(repeats):
        rng = np.random.default_rng((seed, repeat))
        groups = [scene.group for scene in scenes]
        fold = folds_by_group(groups, folds, rng) if independent else _stretches(scenes, folds)
        for number in range(folds):
            held = fold == number
            near = np.zeros_like(held)
            if not independent:
                near = np.convolve(held, np.ones(2 * GAP + 1), "same") > 0
            pool = [scene for scene, out in zip(scenes, held | near, strict=True) if scene.kinds and not out]
            test = [scene for scene, judges in zip(scenes, held, strict=True) if judges]
            if not any(scene.kinds for scene in test):
                raise DataError(f"Fold {number + 1} of {folds} shows no label; fewer folds may do.")
            if len(pool) < train_slices:
                raise DataError(
                    f"{train_slices} labelled slices are wanted to train on; beside fold {number + 1} are {len(pool)}."
                )
            if not independent:
                # Neighbours may serve one another as donors: all of them are on one side.
                pool = [replace(scene, group=scene.name) for scene in pool]
            drawn = _spread(pool, rng)
            out = frozenset(s.group if independent else s.name for s, o in zip(scenes, held | near, strict=True) if o)
            yield Round(repeat, number, drawn[:train_slices], drawn[train_slices:], test, out)


def are_independent(scenes: list[Scene], folds: int) -> bool:
    """Whether there are enough sources for `folds`; `DataError` where there are some, but too few."""
    sources = len({scene.group for scene in scenes})
    if 1 < sources < folds:
        raise DataError(f"{folds} folds need as many sources; there are {sources}.")
    return sources > 1


def _stretches(scenes: list[Scene], folds: int) -> np.ndarray:
    """int64[n]: consecutive slices share a fold; every fold has as many that show a label."""
    labelled = np.flatnonzero([bool(scene.kinds) for scene in scenes])
    if len(labelled) < folds:
        raise DataError(f"{folds} folds need as many labelled slices; there are {len(labelled)}.")
    first = [part[0] for part in np.array_split(labelled, folds)[1:]]
    return np.searchsorted(first, np.arange(len(scenes)), side="right")


def _spread(pool: list[Scene], rng: np.random.Generator) -> list[Scene]:
    """In random order, but one of each source, then a second of each, and so on: few slices tell of many sources."""
    by_group: dict[str, list[Scene]] = defaultdict(list)
    for n in rng.permutation(len(pool)):
        by_group[pool[n].group].append(pool[n])
    turns = [(turn, place, scene) for place, of in enumerate(by_group.values()) for turn, scene in enumerate(of)]
    return [scene for _, _, scene in sorted(turns, key=lambda entry: entry[:2])]
