"""Steps of training and pictures sampled a second, by diffusers' plain way and by ours, in turns, and what the gates
say of the pictures of each. CPU seconds are of this process: on a shared machine the clock says little."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, TypeVar

import numpy as np
import torch

from synth.bench.plain import PlainTraining, ddim
from synth.data import Labelled
from synth.diffusion.network import Denoiser
from synth.diffusion.sample import Plan, levels_of, sample
from synth.diffusion.train import CellsRun, Examples, balanced
from synth.fidelity import gate as fidelity
from synth.realism import gate as realism
from synth.realism import kid
from synth.realism.attack import area, standardise
from synth.realism.common_path import CommonPath
from synth.realism.table import tabulate
from synth.training import Plan as Training

Say = Callable[[str], None]
T = TypeVar("T")
ROUNDS = 6  # the ways of training take turns so often; the first round, in which kernels are chosen, is not counted
ATTACKS = ("features", "features, centred per source", "boosting")
PATHS = (CommonPath(), CommonPath(0.5, 18, 80))  # the site's default, and the demonstration's
DDIM_STEPS = 50


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and CPU seconds, of so many steps or pictures."""

    clock: float
    cpu: float
    of: int

    @classmethod
    def measured(cls, of: int, work: Callable[[], T]) -> tuple["Cost", T]:
        """Of `work`, and what it returns."""
        clock, cpu = time.perf_counter(), time.process_time()
        done = work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return cls(time.perf_counter() - clock, time.process_time() - cpu, of), done


def middle(costs: list[Cost]) -> dict[str, float]:
    """What one step or picture costs in the median round: `cpu_ms`, `ms` by the clock, and `per_second` of these."""
    ms = 1000 * median(cost.clock / cost.of for cost in costs)
    cpu_ms = 1000 * median(cost.cpu / cost.of for cost in costs)
    return {"cpu_ms": round(cpu_ms, 2), "ms": round(ms, 2), "per_second": round(1000 / ms, 3)}


def repeated(step: Callable[[], object], times: int) -> None:
    for _ in range(times):
        step()


def training(model: Denoiser, data: Labelled, *, batch: int, steps: int, say: Say) -> dict[str, dict[str, float]]:
    """Steps of `batch` pictures: ours, and diffusers' loop on patches folded alike and on the pixels as they are."""
    examples = Examples(data.pixels, data.labels, None, balanced(data.labels), turn=True, about={})
    ours = CellsRun(model.config, examples, Training(steps=1, batch=batch))
    pixels, classes = torch.from_numpy(data.pixels), torch.from_numpy(data.labels)
    plain = {
        f"diffusers, {how}": PlainTraining(model.config, pixels, classes, batch=batch, folded=folded)
        for how, folded in (("folded alike", True), ("pixels as they are", False))
    }
    ways: dict[str, Callable[[], object]] = {name: run.advance for name, run in plain.items()}
    ways["ours"] = lambda: ours.advance(0.5)
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, step in ways.items():
            cost, _ = Cost.measured(steps, partial(repeated, step, steps))
            if number:
                costs[name].append(cost)
        say(f"training: round {number + 1} of {ROUNDS}")
    return {name: middle(found) for name, found in costs.items()}


@dataclass(frozen=True)
class Way:
    """`draw(classes int64[b], generator)` -> float32[b, s, s, 3] in 0-255; `guesses`: so often the network is asked."""

    draw: Callable[[torch.Tensor, torch.Generator], np.ndarray]
    guesses: int


def ways_to_sample(model: Denoiser, steps: int) -> dict[str, Way]:
    """DDIM as it comes; the same in our precision, for what that alone gains; ours with its defaults; ours by
    `multistep` in `steps`."""

    def theirs(half: bool) -> Way:
        return Way(lambda kinds, chance: levels_of(ddim(model, kinds, chance, steps=DDIM_STEPS, half=half)), DDIM_STEPS)

    heun, multistep = Plan(1), Plan(1, solver="multistep", steps=steps)
    return {
        "diffusers DDIM": theirs(half=False),
        "diffusers DDIM, bfloat16": theirs(half=True),
        "ours, heun": Way(lambda kinds, chance: sample(model, kinds, heun, chance), 2 * heun.steps - 1),
        "ours, multistep": Way(lambda kinds, chance: sample(model, kinds, multistep, chance), steps),
    }


def sampling(
    model: Denoiser, n: int, *, batch: int, steps: int, seed: int, say: Say
) -> tuple[dict[str, dict[str, float]], dict[str, np.ndarray]]:
    """What each way costs a picture, and `n` pictures uint8[n, s, s, 3] of it, classes in turn. The ways take turns
    batch by batch and begin with the same seed."""
    ways = ways_to_sample(model, steps)
    chances = {name: torch.Generator().manual_seed(seed) for name in ways}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    made: dict[str, list[np.ndarray]] = {name: [] for name in ways}
    classes = torch.arange(n) % len(model.config.classes)
    for way in ways.values():
        way.draw(classes[:batch], torch.Generator().manual_seed(seed))  # kernels are chosen
    for kinds in classes.split(batch):
        for name, way in ways.items():
            cost, lights = Cost.measured(len(kinds), partial(way.draw, kinds, chances[name]))
            costs[name].append(cost)
            made[name].append(np.rint(lights).astype(np.uint8))
        say(f"sampling: {sum(map(len, made[name]))} of {n}")
    figures = {name: middle(costs[name]) | {"guesses": way.guesses} for name, way in ways.items()}
    return figures, {name: np.concatenate(parts) for name, parts in made.items()}


def judged(made: Labelled, real: Labelled, *, seed: int) -> dict[str, Any]:
    """What the gates say: {"fidelity": {"agreement", "agreement_real"}, "realism": [{"common_path", channel: {...}}]}
    with the channels `ATTACKS` and the kernel distance."""
    report, _ = fidelity.judge(made, real, seed=seed, say=lambda line: None)
    realisms = []
    for path in PATHS:
        table = tabulate(made, real, path, seed=seed)
        found: dict[str, Any] = {"common_path": vars(path)}
        for name in ATTACKS:
            told = area(realism.CHANNELS[name][0](table, seed), table.generated)
            found[name] = {"auc": round(told.auc, 4), "upper": round(told.upper, 4)}
        known, given = standardise(table.rich[~table.generated], table.rich[table.generated])
        distance, floor = kid.distances(given, known, list(real.groups), seed=seed)
        found["kernel distance"] = {"distance": round(distance, 4), "floor": round(floor, 4)}
        realisms.append(found)
    return {"fidelity": {key: report[key] for key in ("agreement", "agreement_real")}, "realism": realisms}


def run(
    model: Denoiser,
    data: Labelled,
    real: Labelled,
    *,
    n: int,
    steps: int,
    batch: int = 16,
    training_steps: int = 6,
    seed: int = 0,
    threads: int = 1,
    say: Say = print,
) -> dict[str, Any]:
    """All of it: {"device", "threads", "load", "training": {way: figures}, "sampling": {way: figures}, "ratio": how
    many times less CPU time ours takes}. `data` is learnt from, `real` are pictures of other sources for the gates.
    `load`: the machine's before measuring and after it, for whoever reads the clock's figures."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    busy = [round(os.getloadavg()[0], 1)]
    learnt = training(model, data, batch=batch, steps=training_steps, say=say)
    drawn, pixels = sampling(model, n, batch=batch, steps=steps, seed=seed, say=say)
    busy.append(round(os.getloadavg()[0], 1))
    say(f"measured: {learnt}, {drawn}")
    for name in (name for name in drawn if "bfloat16" not in name):
        made = Labelled(
            pixels[name],
            np.arange(n) % len(model.config.classes),
            model.config.classes,
            tuple(f"generated {number // 10}" for number in range(n)),
            (),
        )
        drawn[name] |= judged(made, real, seed=seed)
        say(f"judged {name}: {drawn[name]}")
    return {
        "device": model.spectrum.mean.device.type,
        "threads": threads,
        "load": busy,
        "training": learnt,
        "sampling": drawn,
        "ratio": {
            what: {name: round(of["cpu_ms"] / figures[ours]["cpu_ms"], 2) for name, of in figures.items()}
            for what, figures, ours in (("training", learnt, "ours"), ("sampling", drawn, "ours, multistep"))
        },
    }
