"""What is to be put in or taken out where: drawn from scenes, not composed yet."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from synth.errors import DataError
from synth.insertion.places import Move, on_background, over_own
from synth.insertion.removal import holes_of
from synth.scenes import Scene, box_of, tile

TRIES = 60  # a candidate
NEAREST = 5  # sources a donor is looked for in where the host's own has none


@dataclass(frozen=True)
class Order:
    """`moves` are composed into `host` one after the other; `label` is the one asked for; `put_in`: the object's mask
    bool[h, w] and box, None where objects are taken out round `centre` (a box)."""

    host: Scene
    moves: tuple[Move, ...]
    label: str
    centre: tuple[int, int, int, int]
    provenance: dict[str, Any]
    put_in: np.ndarray | None = None

    @property
    def part(self) -> np.ndarray:
        """bool[h, w]: what is taken over, of all moves."""
        part: np.ndarray = np.any([move.part for move in self.moves], axis=0)
        return part

    def mask(self, key: str) -> np.ndarray:
        """bool[h, w], where an object of that label is afterwards."""
        left = self.host.mask(key) & ~self.part
        return left | self.put_in if self.put_in is not None and key == self.label else left

    def boxes(self) -> list[list[Any]]:
        """[x1, y1, x2, y2, key] of every object that is whole afterwards; the one that is put in is the last."""
        part, host = self.part, self.host
        whole = [n for n in host.kinds if not (part & (host.objects == n)).any()]
        boxes = [[*box_of(host.objects == n), host.kinds[n]] for n in whole]
        return boxes if self.put_in is None else [*boxes, [*self.centre, self.label]]


def insertions(
    scenes: list[Scene], rng: np.random.Generator, goal: int, *, reuse: int, only: tuple[str, ...] | None
) -> Iterator[Order]:
    """Up to `goal` objects for other places, none more than `reuse` times."""
    used: Counter[tuple[str, int]] = Counter()
    donors = _Donors(scenes)
    for host in _hosts(scenes, rng, goal):
        donor = donors.near(host, rng)
        if donor is None:
            continue
        number = int(rng.choice(list(donor.kinds)))
        key = donor.kinds[number]
        if (only is not None and key not in only) or used[donor.name, number] >= reuse:
            continue
        move = over_own(host, donor, key) if host.is_slice else on_background(host, donor, number, rng)
        if move is None:
            continue
        used[donor.name, number] += 1
        moved = np.isin(move.objects, [n for n, kind in donor.kinds.items() if kind == key]) & move.part
        yield Order(host, (move,), key, move.box, {"donor": donor.name, "object": number}, moved)


def removals(
    scenes: list[Scene],
    rng: np.random.Generator,
    goal: int,
    *,
    crop: int | None,
    every_label: bool,
    reuse: int,
    only: tuple[str, ...] | None,
) -> Iterator[Order]:
    """Up to `goal` places from which all objects of a label, or `every_label`, can be taken out as far as a tile of
    `crop` px round one of them shows."""
    used: Counter[tuple[str, int]] = Counter()
    for host in _hosts([scene for scene in scenes if scene.kinds], rng, goal):
        number = int(rng.choice(list(host.kinds)))
        key = host.kinds[number]
        if (only is not None and key not in only) or used[host.name, number] >= reuse:
            continue
        centre = box_of(host.objects == number)
        seen: np.ndarray = np.zeros(host.objects.shape, dtype=bool)
        seen[(slice(None), slice(None)) if crop is None else tile(centre, seen.shape, crop)] = True
        doomed = [n for n, kind in host.kinds.items() if every_label or kind == key]
        doomed = [n for n in doomed if (seen & (host.objects == n)).any()]
        moves = holes_of(host, doomed, rng)
        if moves is None:
            continue
        used.update((host.name, n) for n in doomed)
        yield Order(host, moves, key, centre, {"removed": doomed})


def taken(orders: Iterable[Order], goal: int, what: str, say: Callable[[str], None]) -> list[Order]:
    """The first `goal` of them."""
    found: list[Order] = []
    for order in orders:
        found.append(order)
        if len(found) % 100 == 0:
            say(f"{len(found)} of {goal} {what}")
        if len(found) == goal:
            break
    return found


def _hosts(scenes: list[Scene], rng: np.random.Generator, goal: int) -> Iterator[Scene]:
    """As often as their own objects are seen."""
    if not any(scene.kinds for scene in scenes):
        raise DataError("The scenes hold no labelled object, or are smaller than the crop.")
    crowded = np.array([len(scene.kinds) for scene in scenes], dtype=np.float64)
    crowded /= crowded.sum()
    for _ in range(TRIES * goal):
        yield scenes[rng.choice(len(scenes), p=crowded)]


class _Donors:
    """Where an object for a host may come from: of pictures the host itself or those that look most like it; of
    volumes another patient."""

    def __init__(self, scenes: list[Scene]) -> None:
        self._scenes = [scene for scene in scenes if scene.kinds]
        self._by_group: dict[str, list[int]] = defaultdict(list)
        for n, scene in enumerate(self._scenes):
            self._by_group[scene.group].append(n)
        looks = np.array([[s.pixels.mean(), s.pixels.std(), *np.median(s.pixels, axis=(0, 1))] for s in self._scenes])
        self._looks = (looks - looks.mean(axis=0)) / (looks.std(axis=0) + 1e-9)

    def near(self, host: Scene, rng: np.random.Generator) -> Scene | None:
        own = self._by_group.get(host.group, [])
        if not host.is_slice and own and len(self._scenes[own[0]].kinds) > 2:
            return self._scenes[int(rng.choice(own))]
        others = np.array([n for n, scene in enumerate(self._scenes) if scene.group != host.group])
        if not others.size:
            return None
        if host.is_slice:
            return self._scenes[int(rng.choice(others))]
        mine = self._looks[own[0]] if own else np.zeros(self._looks.shape[1])
        distance = ((self._looks[others] - mine) ** 2).sum(axis=1)
        return self._scenes[int(rng.choice(others[np.argsort(distance)[:NEAREST]]))]
