"""The experiment: every arm in every round, and what came of it."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from synth.errors import DataError
from synth.maps import squares
from synth.scenes import Scene
from synth.training import Say
from synth.utility import scores, segmenter
from synth.utility.arms import ARMS, CONTROL, Material
from synth.utility.examples import Examples, of_maps
from synth.utility.generators import Order
from synth.utility.splits import Round, are_independent, rounds
from synth.utility.summary import Row, summary


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


@dataclass
class _Found:
    rows: list[Row] = field(default_factory=list)
    missing: list[Row] = field(default_factory=list)
    agreement: list[float] = field(default_factory=list)  # of simulated crowds, a round each


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
    found = _Found()
    how = {"folds": plan.folds, "repeats": plan.repeats, "train_slices": plan.train_slices, "seed": plan.seed}
    for one in rounds(scenes, **how, independent=independent):
        _compare(_material(one, keys, plan, crowd, say), plan, found, say)
    return {
        "plan": asdict(plan),
        "labels": keys,
        "sources": len({scene.group for scene in scenes}),
        "independent": independent,
        "crowd": "given" if crowd is not None else "simulated",
        "crowd_dice": float(np.mean(found.agreement)) if found.agreement else None,
        "notes": _notes(scenes, independent, found.agreement),
        "arms": summary(found.rows, plan.arms, folds=plan.folds),
        "missing": found.missing,
        "rows": found.rows,
    }


def _compare(material: Material, plan: Plan, found: _Found, say: Say) -> None:
    """Every arm of one round, judged by its held-out slices."""
    one, order = material.round, material.order
    held_out = of_maps(squares(one.test, order.keys, size=order.size, most=len(one.test)))
    for name in plan.arms:
        place = {"repeat": one.repeat, "fold": one.fold, "arm": name}
        told = f"repeat {one.repeat + 1}, fold {one.fold + 1}, {name}"
        try:
            rows = _judged(name, material, held_out, plan)
        except DataError as error:
            if name == CONTROL:
                raise
            say(f"{told}: {error}")
            found.missing.append({**place, "reason": str(error)})
            continue
        found.rows += [{**place, **row} for row in rows]
        say(f"{told}: Dice {np.mean([row['dice'] for row in rows]):.3f}")
    if material.crowd_dice is not None:
        found.agreement.append(material.crowd_dice)


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
