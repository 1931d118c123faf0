"""What hides gold must not hide what is asked for."""

import json
from pathlib import Path

import numpy as np
import pytest

from synth.cli import main
from synth.data import DataError, Labelled, write_labelled
from synth.fidelity import cost
from synth.realism.common_path import CommonPath

RUIN = CommonPath(factor=0.25, noise=20, quality=50)


def told_by_grain(n: int = 40) -> Labelled:
    """Flat pictures and striped ones, the stripes two pixels wide."""
    rng = np.random.default_rng(3)
    labels = np.arange(n) % 2
    stripes = 24 * np.sign(np.sin(np.arange(48) * np.pi / 2 + 0.1))
    grey = 120 + rng.normal(0, 3, (n, 48, 48)) + labels[:, None, None] * stripes
    pixels = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=3)
    return Labelled(
        pixels, labels, ("flat", "striped"), tuple(f"slide {i // 2 % 2}" for i in range(n)), (Path("x"),) * n
    )


def discs(n: int = 36) -> Labelled:
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[:48, :48]
    y, x = rng.uniform(16, 32, (2, n, 1, 1))
    radius = np.where(np.arange(n) % 3 == 0, 3, 11)[:, None, None]
    masks = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
    grey = np.clip(90 + 60 * masks + rng.normal(0, 4, masks.shape), 0, 255).astype(np.uint8)
    pixels = np.repeat(grey[..., None], 3, axis=3)
    return Labelled(
        pixels, np.zeros(n, np.int64), ("disc",), tuple(f"p{i // 3 % 2}" for i in range(n)), (Path("x"),) * n, masks
    )


def quiet(line: str) -> None:
    pass


def test_a_path_that_wipes_out_what_tells_classes_apart_fails_and_a_gentle_one_does_not():
    gentle, ruinous = (cost.judge(told_by_grain(), path, steps=40, say=quiet) for path in (CommonPath(), RUIN))
    assert gentle["passed"]
    assert gentle["task"]["all"]["served"] > 0.95
    assert not ruinous["passed"]
    assert ruinous["task"]["all"]["change"] < -0.05
    assert ruinous["task"]["all"]["originals"] > 0.9
    assert ruinous["psnr"]["mean"] < gentle["psnr"]["mean"] - 10


def test_small_objects_are_looked_at_by_themselves():
    report = cost.judge(discs(), CommonPath(factor=0.25, noise=12, quality=60), steps=60, say=quiet)
    small, every = report["task"]["small objects"], report["task"]["all"]
    assert (small["n"], every["n"]) == (12, 36)
    assert small["change"] < every["change"] < 0
    assert small["low"] <= small["change"] <= small["high"]
    assert not report["passed"]


def test_pictures_of_one_source_cannot_say():
    data = told_by_grain(8)
    with pytest.raises(DataError, match="at least two sources"):
        cost.judge(data.part(np.array([0])), CommonPath(), say=quiet)


def test_the_command_prints_its_report_and_exits_by_it(tmp_path, capsys):
    data = told_by_grain(24)
    kinds = [data.keys[label] for label in data.labels]
    write_labelled(tmp_path / "cells", zip(data.pixels, kinds, data.groups, strict=True))
    assert main(["path", str(tmp_path / "cells"), "--steps", "10", "--json", "--factor", "0.25", "--noise", "20"]) in (
        0,
        1,
    )
    report = json.loads(capsys.readouterr().out)
    assert report["common_path"] == {"factor": 0.25, "noise": 20.0, "quality": 88}
    assert set(report["task"]) == {"all", "flat", "striped"}


def test_scenes_without_a_size_are_refused_with_a_sentence(tmp_path, capsys):
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    assert main(["path", str(tmp_path)]) == 2
    assert "say with --size" in capsys.readouterr().err
