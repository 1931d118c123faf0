"""Every channel of the realism gate has a fault planted that it must catch, and lets equals through."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from synth.data import DataError, Labelled
from synth.realism import gate, kid, network, rich
from synth.realism.attack import area
from synth.realism.common_path import CommonPath
from synth.realism.selection import select
from synth.realism.table import Table, tabulate

SIDE = 48
EVERYONE = [*gate.CHANNELS, "kernel distance"]


def cells(seed: int, n: int) -> np.ndarray:
    """float64[n, 48, 48, 3]: a round, soft, coloured spot of random size near the middle, with camera noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    out = []
    for _ in range(n):
        dx, dy, radius = *rng.normal(0, 2, 2), rng.uniform(7, 12)
        inside = 1 / (1 + np.exp(np.hypot(x - dx, y - dy) - radius))
        out.append(225 - inside[..., None] * np.array([60, 110, 40]) * rng.uniform(0.8, 1.2))
    return np.array(out) + rng.normal(0, 3, (n, SIDE, SIDE, 3))


def labelled(light: np.ndarray, groups: int) -> Labelled:
    n = len(light)
    pixels = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return Labelled(pixels, np.zeros(n, np.int64), ("cell",), tuple(f"slide {i % groups}" for i in range(n)), ())


def against_real(light: np.ndarray) -> Table:
    return tabulate(labelled(light, 30), labelled(cells(1, len(light)), 30), CommonPath())


def auc(table: Table, channel: str) -> float:
    attacker, _ = gate.CHANNELS[channel]
    return area(attacker(table, 0), table.generated).auc


def blurred(light: np.ndarray) -> np.ndarray:
    """Grain taken away, as a generator does that was trained too briefly."""
    around = sum(np.roll(light, (dy, dx), (1, 2)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)) / 9
    return np.asarray(around)


def combed(light: np.ndarray) -> np.ndarray:
    """Even levels alone, as after a stretch of contrast."""
    return np.asarray(np.rint(light / 2) * 2)


def tinted(light: np.ndarray) -> np.ndarray:
    return light * np.array([1.0, 0.97, 1.0])


def two_lobes(light: np.ndarray) -> np.ndarray:
    """Another layout: the spot's left half is laid over the right one, mirrored, after a shift."""
    return np.concatenate([light[:, :, 6:30], light[:, :, 6:30][:, :, ::-1]], axis=2)


FAULTS = {"blurred": blurred, "tinted": tinted, "two lobes": two_lobes}


@cache
def spoilt(fault: str) -> Table:
    return against_real(FAULTS[fault](cells(2, 90)))


@pytest.mark.parametrize(
    ("channel", "fault"),
    [
        ("features", "blurred"),
        ("file size", "blurred"),
        ("noise spectrum", "blurred"),
        ("sharpness", "blurred"),
        ("boosting", "blurred"),
        ("network, fine detail", "blurred"),
        ("colour", "tinted"),
        ("network, coarse layout", "two lobes"),
    ],
)
def test_a_planted_fault_is_caught(channel: str, fault: str) -> None:
    assert auc(spoilt(fault), channel) > 0.8


def test_a_comb_is_caught_in_what_is_served_untouched() -> None:
    """Not through the common path: its noise is there to cover combs."""
    sides = labelled(combed(cells(2, 60)), 20), labelled(cells(1, 60), 20)
    rows = np.array([rich.describe(pixels) for side in sides for pixels in side.pixels])
    assert auc(replace(by_hand(0.0, n=60), rich=rows), "level occupancy") > 0.95


def test_trees_see_what_lines_cannot() -> None:
    """The first figure is as often high as low on both sides, but on one of them never in between."""
    table = by_hand(0.0, n=300)
    figures = table.features.copy()
    figures[table.generated, 0] += 2 * np.sign(figures[table.generated, 0])
    table = replace(table, features=figures)
    assert auc(table, "features") < 0.6
    assert auc(table, "boosting") > 0.9


def by_hand(shift: float, n: int) -> Table:
    """`n` generated and `n` real rows from 50 sources each, alike but for a shift of the first figure of each kind."""
    rng = np.random.default_rng(1)
    made = np.arange(2 * n) < n
    parts = [rng.normal(size=(2 * n, columns)) for columns in (23, 121, 7)]
    for part in parts:
        part[made, 0] += shift
    pixels = rng.integers(0, 255, (2 * n, 8, 8, 3), dtype=np.uint8)
    groups = [f"{side} {k % 50}" for side in ("pack", "real") for k in range(n)]
    return Table(*parts, pixels, made, groups)


def test_equals_pass_every_channel() -> None:
    report = gate.judge(by_hand(0.0, n=600))
    assert report["passed"], report["offending"]
    assert list(report["channels"]) == EVERYONE


def test_a_difference_is_refused_with_the_channels_that_show_it() -> None:
    report = gate.judge(by_hand(1.0, n=400))
    assert not report["passed"]
    assert {"features", "file size", "boosting", "colour"} <= set(report["offending"])
    assert not {"network, fine detail", "level occupancy"} & set(report["offending"])
    assert next(iter(report["single_features"])) == "mean red"


def test_too_few_pictures_certify_nothing() -> None:
    report = gate.judge(by_hand(0.0, n=60))
    assert not report["certifiable"]
    assert not report["passed"]


def test_the_kernel_distance_of_another_population_is_above_the_floor() -> None:
    rng = np.random.default_rng(0)
    real, groups = rng.normal(size=(300, 12)), [str(n % 30) for n in range(300)]
    near, floor = kid.distances(rng.normal(size=(200, 12)), real, groups)
    far, _ = kid.distances(rng.normal(0.4, 1, size=(200, 12)), real, groups)
    assert near <= floor < far


def test_views_of_the_networks_take_the_picture_apart() -> None:
    flat = np.full((1, 64, 64, 3), 255, np.uint8)
    assert network.high_pass(flat).abs().max() == 0
    assert network.low_pass(flat).shape == (1, 3, 32, 32)
    assert network.low_pass(flat).unique().tolist() == [1.0]


def test_selection_brings_a_skewed_pack_nearer_and_keeps_the_classes() -> None:
    table = by_hand(0.8, n=600)
    labels = np.arange(600) % 3
    labels[labels == 2] = 1  # one in three, two in three
    chosen = select(table, labels, 200)
    assert len(set(chosen.tolist())) == 200
    assert np.bincount(labels[chosen]).tolist() == [67, 133]
    assert abs(table.features[chosen, 0].mean()) < 0.4 < table.features[:600, 0].mean()
    with pytest.raises(DataError, match="601 pictures"):
        select(table, labels, 601)


def test_sources_that_both_sides_share_are_one_to_the_attacker() -> None:
    """Halves of the same few, very different slides: trained on one half of a slide, an attacker must not meet the
    other, or equals would look reliably told apart, the wrong way round."""
    rng = np.random.default_rng(5)
    tint = rng.uniform(0.6, 1.1, (12, 1, 1, 3))
    slide = np.arange(240) % 12
    light = cells(2, 240) * tint[slide]
    names = tuple(f"slide {n}" for n in slide)
    half = rng.permutation(240) < 120
    parts = [
        replace(labelled(light[rows], 1), groups=tuple(name for name, row in zip(names, rows, strict=True) if row))
        for rows in (half, ~half)
    ]
    table = tabulate(*parts, CommonPath())
    assert len(set(table.groups)) == 12
    assert 0.42 < auc(table, "features") < 0.58
