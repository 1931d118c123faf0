"""A small project of real pictures, half of them labelled by an expert, and a generator that answers at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from quality.store.models import GoldPolicy, GoldTruth, TaskState
from quality.supply.process import Interrupted
from synth import cli, manifest
from tests.factories import ProjectFactory
from webapp.images.services import add_picture
from webapp.projects.models import Project
from webapp.tasks.services import create_tasks

SIDE = 16
LEVELS = {"dark": 60, "light": 190}


def square(seed: int, level: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(level, 12, (SIDE, SIDE)), 0, 255).astype(np.uint8)


def cells(n: int = 24, sources: int = 6) -> Project:
    """Dark and light squares in turn; of the first half an expert's label is held back."""
    project = ProjectFactory(labels=list(LEVELS))
    GoldPolicy.objects.create(project=project, spare_hands=0)
    for number in range(n):
        key = list(LEVELS)[number % 2]
        truth = {"kind": "class", "label": key} if number < n // 2 else None
        add(project, square(number, LEVELS[key]), f"slide {number // 2 % sources}", truth)
    return project


def nuclei(n: int = 8) -> Project:
    """Fields of round objects, every one outlined by an expert, and as many that nobody labelled."""
    project = ProjectFactory(kind="mask", labels=["nucleus"])
    GoldPolicy.objects.create(project=project, spare_hands=0)
    for number in range(2 * n):
        pixels, mask = field_of(number)
        add(project, pixels, f"slide {number % 4}", manifest.mask_answer(mask) if number < n else None)
    return project


def field_of(seed: int, side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Bright discs on a dark ground: uint8[side, side], bool[side, side]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    mask = np.zeros((side, side), bool)
    for cx, cy in ((22, 22), (70, 26), (26, 72)):
        mask |= np.hypot(x - cx - rng.uniform(-4, 4), y - cy - rng.uniform(-4, 4)) < rng.uniform(4, 6)
    level = ndimage.gaussian_filter(np.where(mask, 130.0, 30.0), 0.8) + rng.normal(0, 2.5, mask.shape)
    return np.clip(np.rint(level), 0, 255).astype(np.uint8), mask


def add(project: Project, pixels: np.ndarray, group: str, truth: dict[str, Any] | None) -> None:
    image = add_picture(project=project, picture=pixels, name=group, group=group, provenance={})
    (task,) = create_tasks(project=project, images=[image])
    TaskState.objects.create(task=task, project=project, target=project.redundancy)
    if truth:
        GoldTruth.objects.create(task=task, project=project, state="held", origin="expert", answer=truth)


def report(gate: str, passed: bool = True) -> dict[str, Any]:
    """A gate's report, as far as the site reads it."""
    channel = {"auc": 0.5 if passed else 0.9, "upper": 0.55 if passed else 0.95, "limit": 0.6, "passed": passed}
    return {
        "memorisation": {"share": 0.01, "allowed": 0.02},
        "fidelity": {"agreement": 0.97, "agreement_real": 0.98, "margin": 0.05, "per_class": {"dark": 0.97}},
        "realism": {
            "certifiable": True,
            "offending": [] if passed else ["file size"],
            "channels": {"file size": channel, "kernel distance": {"distance": 0.1, "floor": 0.2, "passed": True}},
            "lowest": 0.4,
            "n_generated": 330,
            "n_real": 400,
            "real_sources": 30,
        },
    }[gate] | {"gate": gate, "passed": passed}


@dataclass
class Generator:
    """Stands in for processes of `python -m synth`: draws squares by itself or, with `real`, in this process; selects
    the first; gates say yes but for `fails`. `before`: called with the command's name before it is done."""

    real: bool = False
    fails: str = ""
    before: Callable[[str], None] = lambda name: None
    done: list[str] = field(default_factory=list)

    def __call__(self, arguments: list[str], *, alive: Callable[[str], None]) -> dict[str, Any]:
        name = arguments[0]
        if name in ("cells", "insert"):
            (Path(_option(arguments, "--out")) / "images").mkdir(parents=True)  # what a kill leaves behind
        self.before(name)
        alive(f"{name} at work")
        self.done.append(name)
        if name == "insert" or (name == "cells" and self.real):
            if cli.main(arguments):
                raise Interrupted("It broke off.")
        elif name == "cells":
            _draw(Path(_option(arguments, "--out")), int(_option(arguments, "--n")), arguments)
        elif name == "select":
            _first(Path(arguments[1]), Path(_option(arguments, "--out")), int(_option(arguments, "--keep")))
        else:
            return report(name, passed=name != self.fails)
        return {}


def _option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def _draw(out: Path, n: int, arguments: list[str]) -> None:
    keys = arguments[arguments.index("--only") + 1 :]
    labels = tuple(manifest.PackLabel(key, key) for key in LEVELS)
    items = [
        manifest.Item(
            manifest.write_picture(out, f"images/{k:05d}.png", square(1000 + k, LEVELS[keys[k % len(keys)]])),
            {"kind": "class", "label": keys[k % len(keys)]},
        )
        for k in range(n)
    ]
    manifest.write(out, manifest.Manifest("made", "class", labels, tuple(items), {"model": "cells", "seed": 1}))


def _first(pack: Path, out: Path, keep: int) -> None:
    whole = manifest.read(pack)
    (out / "images").mkdir(parents=True)
    for item in whole.items[:keep]:
        (out / item.image).write_bytes((pack / item.image).read_bytes())
    manifest.write(out, manifest.Manifest(whole.name, whole.kind, whole.labels, whole.items[:keep], whole.generator))
