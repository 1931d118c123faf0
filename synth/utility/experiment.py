"""The experiment: every arm in every round, and what came of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from quality.domain.comparison import holm
from synth.errors import DataError
from synth.maps import squares
from synth.scenes import Scene
from synth.training import Say
from synth.utility import scores, segmenter
from synth.utility.arms import ARMS, CONTROL, Material
from synth.utility.examples import Examples, of_maps
from synth.utility.generators import Order
from synth.utility.splits import Round, are_independent, rounds
from synth.utility.statistics import corrected_t

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """`train_slices` real slices in each of `folds` x `repeats` rounds; `synthetic` more by a generator, and
    `crowd_slices` of a crowd's; `steps` of the U-Net in every arm; `generator_steps`, or `seconds` if they are over
    before, of each generator that is trained. Pictures are `size` px squares."""

    arms: tuple[str, ...] = tuple(ARMS)
    train_slices: int = 10
    synthetic: int = 10
    crowd_slices: int = 5
    folds: int = 5
    repeats: int = 1
    size: int = 64
    steps: int = 300
    generator_steps: int = 2000
    seconds: float | None = None
    seed: int = 0
    threads: int = 1


def run(scenes: list[Scene], plan: Plan, *, crowd: list[Scene] | None = None, say: Say) -> dict[str, Any]:
    """The report: `arms` with their means and differences from the control, `rows` (a round, arm, source and label
    each), `missing` (arms that a round could not have, and why), `notes` on what the figures do not show."""
    if plan.size % segmenter.MULTIPLE:
        raise DataError(f"The side must divide by {segmenter.MULTIPLE}; it is {plan.size} px.")
    if plan.folds < 2:
        raise DataError(f"At least 2 folds are needed to hold one out; {plan.folds} is wanted.")
    keys = tuple(sorted({key for scene in scenes for key in scene.kinds.values()}))
    if not keys:
        raise DataError("The data holds no labelled object.")
    segmenter.network(len(keys))  # without MONAI this ends here, not after the generators
    torch.set_num_threads(plan.threads)
    independent = are_independent(scenes, plan.folds)
    rows: list[Row] = []
    missing: list[Row] = []
    agreement: list[float] = []
    for one in rounds(
        scenes,
        folds=plan.folds,
        repeats=plan.repeats,
        train_slices=plan.train_slices,
        seed=plan.seed,
        independent=independent,
    ):
        material = _material(one, keys, plan, crowd, say)
        held_out = of_maps(squares(one.test, keys, size=plan.size, most=len(one.test)))
        for name in plan.arms:
            place = {"repeat": one.repeat, "fold": one.fold, "arm": name}
            try:
                found = _judged(name, material, held_out, plan)
            except DataError as error:
                if name == CONTROL:
                    raise
                say(f"repeat {one.repeat + 1}, fold {one.fold + 1}, {name}: {error}")
                missing.append({**place, "reason": str(error)})
                continue
            rows += [{**place, **row} for row in found]
            mean = np.mean([row["dice"] for row in found])
            say(f"repeat {one.repeat + 1}, fold {one.fold + 1}, {name}: Dice {mean:.3f}")
        if material.crowd_dice is not None:
            agreement.append(material.crowd_dice)
    return {
        "plan": asdict(plan),
        "labels": keys,
        "sources": len({scene.group for scene in scenes}),
        "independent": independent,
        "crowd": "given" if crowd is not None else "simulated",
        "crowd_dice": float(np.mean(agreement)) if agreement else None,
        "notes": _notes(scenes, independent, agreement),
        "arms": summary(rows, plan.arms, folds=plan.folds),
        "missing": missing,
        "rows": rows,
    }


def _material(one: Round, keys: tuple[str, ...], plan: Plan, crowd: list[Scene] | None, say: Say) -> Material:
    order = Order(
        scenes=one.train,
        keys=keys,
        size=plan.size,
        n=plan.synthetic,
        steps=plan.generator_steps,
        seconds=plan.seconds,
        threads=plan.threads,
        seed=_seed(plan, one),
        say=say,
    )
    return Material(one, order, plan.crowd_slices, crowd)


def _seed(plan: Plan, one: Round) -> int:
    """The same for all arms of a round: they start from the same weights."""
    return int(np.random.default_rng((plan.seed, one.repeat, one.fold)).integers(2**31))


def _judged(name: str, material: Material, held_out: Examples, plan: Plan) -> list[Row]:
    arm, examples = ARMS[name], material.real()
    if arm.adds is not None:
        examples = examples.join(arm.adds(material))
    model = segmenter.train(examples, steps=plan.steps, seed=material.order.seed, augment=arm.augment)
    drawn = segmenter.predict(model, held_out.pixels)
    sources = [scene.group for scene in material.round.test]
    return [
        {"trained_on": len(examples), **row} for row in scores.rows(drawn, held_out.masks, sources, material.order.keys)
    ]


def summary(rows: list[Row], arms: Sequence[str], *, folds: int) -> list[dict[str, Any]]:
    """An entry an arm: per metric its mean over rounds (each the mean of its rows), the difference from the control in
    the rounds that have both, with its 95 % interval (`statistics.corrected_t`), the gain in % of the control, and p
    adjusted over the arms (Holm 1979)."""
    entries: dict[str, dict[str, Any]] = {name: {"arm": name} for name in arms if any(r["arm"] == name for r in rows)}
    for metric in scores.METRICS:
        means = {name: _by_round(rows, name, metric) for name in entries}
        tested = []
        for name, entry in entries.items():
            entry[metric] = {"mean": float(np.mean(list(means[name].values())))}
            if name == CONTROL:
                continue
            pairs = np.array([(means[name][at], means[CONTROL][at]) for at in means[name]])
            found = corrected_t(pairs[:, 0] - pairs[:, 1], ratio=1 / (folds - 1))
            base = float(pairs[:, 1].mean())
            gain = 100 * found.mean / base if base > 0 else None
            entry[metric] |= {
                "difference": found.mean,
                "low": found.low,
                "high": found.high,
                "p": found.p,
                "gain": gain,
            }
            tested += [entry[metric]] if found.p is not None else []
        for entry_, p in zip(tested, holm([one["p"] for one in tested]), strict=True):
            entry_["p_holm"] = p
    for name, entry in entries.items():
        own = [row for row in rows if row["arm"] == name]
        entry["rounds"] = len({(row["repeat"], row["fold"]) for row in own})
        entry["trained_on"] = float(np.mean([row["trained_on"] for row in own]))
        labels = dict.fromkeys(row["label"] for row in own)
        entry["dice_per_label"] = {
            label: float(np.mean([row["dice"] for row in own if row["label"] == label])) for label in labels
        }
    return list(entries.values())


def _by_round(rows: list[Row], arm: str, metric: str) -> dict[tuple[int, int], float]:
    values: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        if row["arm"] == arm:
            values.setdefault((row["repeat"], row["fold"]), []).append(row[metric])
    return {at: float(np.mean(of)) for at, of in values.items()}


def _notes(scenes: list[Scene], independent: bool, agreement: list[float]) -> list[str]:
    notes = []
    if not independent:
        notes.append(
            f"All slices are of one source, {scenes[0].group}: folds are stretches of it, which are not independent. "
            "Figures say how well a network fills in the rest of this one, nothing of others, and intervals are too "
            "narrow."
        )
    elif len({scene.group for scene in scenes}) == len(scenes):
        notes.append("Each picture counts as a source of its own; --source tells which are of one patient or slide.")
    if agreement:
        notes.append(
            f"The crowd is simulated; its masks agree with the truth by a mean Dice of {np.mean(agreement):.3f}."
        )
    return notes
