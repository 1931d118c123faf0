"""`python -m synth utility`: is generated gold worth it as training data?"""

import argparse
import json
import re
import sys
from typing import Any

from synth.cli.common import Commands, command, folder, label_names, positive, say

ARMS = ("control", "augmented", "pix2pix", "slices", "insert", "crowd", "extra")  # without torch; a test compares


def add(commands: Commands) -> None:
    parser = command(
        commands,
        "utility",
        "Does a segmentation network learn more with generated slices? A U-Net is trained from scratch on a few "
        "labelled ones (images/ + labels/ of PNG or NIfTI), plain and with what each arm adds, and judged on those of "
        "other sources. Generators see nothing but the training slices of their round.",
        'python -m synth utility --data DIR --label-names \'{"1": "liver"}\' --json',
    )
    parser.add_argument("--data", type=folder, required=True)
    label_names(parser)
    parser.add_argument(
        "--source",
        type=_pattern,
        metavar="REGEX",
        help="what of a file's name tells its patient or slide; default: all",
    )
    parser.add_argument("--crowd", type=folder, help="slices a crowd labelled, like --data; default: simulated")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS, metavar="ARM", help=f"of {', '.join(ARMS)}")
    parser.add_argument("--train-slices", type=positive, default=10, help="real slices in every arm")
    parser.add_argument("--synthetic", type=positive, help="slices a generator adds; default: as many")
    parser.add_argument("--crowd-slices", type=positive, help="slices a crowd adds; default: half as many")
    parser.add_argument("--folds", type=int, default=5, help="of sources, or of a single source's slices")
    parser.add_argument("--repeats", type=positive, default=1, help="of all folds, dealt and drawn anew")
    parser.add_argument("--size", type=positive, default=64, help="side of the pictures (px), a power of two")
    parser.add_argument("--steps", type=positive, default=300, help="of the U-Net, in every arm")
    parser.add_argument("--generator-steps", type=positive, default=2000, help="of each generator that is trained")
    parser.add_argument("--seconds", type=positive, help="a generator's training ends after this long, if not before")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print all rows as JSON")
    parser.set_defaults(run=_run)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"expected a regular expression; {text!r} is none: {error}") from error
    return text


def _run(options: argparse.Namespace) -> int:
    from synth.scenes import read_scenes
    from synth.utility.experiment import Plan, run
    from synth.utility.splits import by_source

    plan = Plan(
        arms=tuple(arm for arm in ARMS if arm == "control" or arm in options.arms),
        train_slices=options.train_slices,
        synthetic=options.synthetic or options.train_slices,
        crowd_slices=options.crowd_slices or -(-options.train_slices // 2),
        folds=options.folds,
        repeats=options.repeats,
        size=options.size,
        steps=options.steps,
        generator_steps=options.generator_steps,
        seconds=options.seconds,
        seed=options.seed,
        threads=options.threads,
    )
    folders = [options.data] + ([options.crowd] if options.crowd else [])
    read = [read_scenes(each, names=options.label_names) for each in folders]
    if options.source:
        read = [by_source(scenes, options.source) for scenes in read]
    report = run(read[0], plan, crowd=read[1] if options.crowd else None, say=say)
    sys.stdout.write((json.dumps(report, indent=1) if options.json else _table(report)) + "\n")
    return 0


def _table(report: dict[str, Any]) -> str:
    lines = [
        f"{'arm':<10} {'slices':>6} {'rounds':>6} {'Dice':>6} {'IoU':>6} {'surface':>7} {'volume':>6}  gain in Dice"
    ]
    for arm in report["arms"]:
        means = [arm[metric]["mean"] for metric in ("dice", "iou", "surface_dice", "volume_dice")]
        lines.append(
            f"{arm['arm']:<10} {arm['trained_on']:>6.1f} {arm['rounds']:>6} {means[0]:>6.3f} {means[1]:>6.3f} "
            f"{means[2]:>7.3f} {means[3]:>6.3f}  {_gain(arm['dice'])}"
        )
    lines += [f"repeat {m['repeat'] + 1}, fold {m['fold'] + 1}, {m['arm']}: {m['reason']}" for m in report["missing"]]
    return "\n".join([*lines, *report["notes"]])


def _gain(dice: dict[str, Any]) -> str:
    """The difference from the control with its interval, in % of it, and p adjusted over the arms."""
    if "difference" not in dice:
        return "-"
    told = f"{dice['difference']:+.3f}"
    if dice["p"] is not None:
        told += f" ({dice['low']:+.3f} to {dice['high']:+.3f}), p {dice['p_holm']:.3f}"
    return told if dice["gain"] is None else f"{told}, {dice['gain']:+.1f} %"
