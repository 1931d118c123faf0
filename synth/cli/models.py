"""`python -m synth MODEL train|sample`. torch is imported only once a command really runs."""

import argparse
from pathlib import Path

from synth.cli.common import command, folder, label_names, positive, say
from synth.data import DataError, read_labelled


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    cells = command(
        commands,
        "cells",
        "A class-conditional diffusion model of single cells.",
        "python -m synth cells train --data DIR --out CHECKPOINT --seconds 1800",
    )
    verbs = cells.add_subparsers(dest="verb", required=True, metavar="train|sample")
    _add_train(verbs)
    _add_sample(verbs)
    insert = command(
        commands,
        "insert",
        "Real objects put into other real pictures, which are served nowhere else. Nothing is trained.",
        "python -m synth insert sample --data DIR --crop 64 --n 300 --out PACK",
    )
    _add_insert(insert.add_subparsers(dest="verb", required=True, metavar="sample"))


def _add_train(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = command(
        verbs,
        "train",
        "Train on images/ + labels.csv (image,label,group); an unfinished training under --out goes on.",
        "python -m synth cells train --data DIR --out CHECKPOINT --steps 8000",
    )
    parser.add_argument("--data", type=folder, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=positive, default=8000)
    parser.add_argument("--seconds", type=positive, help="stop after this long, whatever --steps says")
    parser.add_argument("--size", type=positive, help="side of the pictures (px); default: as they are")
    parser.add_argument("--batch", type=positive, default=16)
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> int:
    from synth.diffusion.train import Plan, train

    plan = Plan(
        steps=options.steps,
        seconds=options.seconds,
        batch=options.batch,
        seed=options.seed,
        threads=options.threads,
    )
    train(read_labelled(options.data, size=options.size), options.out, plan, say=say)
    return 0


def _add_sample(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = command(
        verbs,
        "sample",
        "Sample a gold pack: pictures, their classes, and what made them.",
        "python -m synth cells sample --checkpoint CHECKPOINT --data DIR --n 100 --out PACK --seed 1",
    )
    parser.add_argument("--checkpoint", type=folder, required=True)
    parser.add_argument(
        "--data", type=folder, help="labelled pictures: their classes must be the model's; with --start, what to redraw"
    )
    parser.add_argument("--n", type=positive, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=positive, default=18)
    parser.add_argument(
        "--finest", type=float, default=0.002, help="noise level (sd of pixels in -1..1) after which sampling ends"
    )
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument(
        "--start",
        type=float,
        help="redraw the pictures of --data hidden under noise of this sd (pixels in -1..1), not from noise alone",
    )
    parser.add_argument(
        "--finish", choices=("none", "microscope"), default="none", help="microscope: the demonstration's camera"
    )
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=_sample)


def _sample(options: argparse.Namespace) -> int:
    from synth.diffusion import checkpoint
    from synth.diffusion.sample import Plan, sample_pack

    model, card = checkpoint.load(options.checkpoint)
    data = read_labelled(options.data, size=model.config.size) if options.data else None
    if data is not None and data.keys != model.config.classes:
        raise DataError(f"The model knows {', '.join(model.config.classes)}; the data holds {', '.join(data.keys)}.")
    plan = Plan(
        n=options.n,
        steps=options.steps,
        finest=options.finest,
        guidance=options.guidance,
        seed=options.seed,
        finish=options.finish,
        start=options.start,
        threads=options.threads,
    )
    sample_pack(model, card, options.out, plan, data=data, say=say)
    return 0


def _add_insert(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = command(
        verbs,
        "sample",
        "Make a gold pack from scenes in which every object is labelled: images/ + labels/ of PNG or NIfTI. Objects go "
        "to free places of pictures, organs over those of other patients.",
        "python -m synth insert sample --data DIR --crop 64 --n 300 --out PACK --seed 1",
    )
    parser.add_argument("--data", type=folder, required=True, help="hosts and donors; import none of them as open")
    parser.add_argument("--n", type=positive, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--crop", type=positive, help="side of a tile round the object (px); default: the whole scene")
    parser.add_argument("--kind", choices=("class", "box", "mask"), default="mask", help="what is asked")
    parser.add_argument("--reuse", type=positive, default=2, help="how often one object may be put in")
    parser.add_argument("--partly-labelled", action="store_true", help="scenes hold objects that nobody labelled")
    parser.add_argument("--seed", type=int, default=0)
    label_names(parser)
    parser.set_defaults(run=_insert)


def _insert(options: argparse.Namespace) -> int:
    from synth.insertion.sample import Plan, sample_pack
    from synth.scenes import read_scenes

    plan = Plan(
        n=options.n,
        crop=options.crop,
        kind=options.kind,
        reuse=options.reuse,
        fully_labelled=not options.partly_labelled,
        seed=options.seed,
    )
    sample_pack(read_scenes(options.data, names=options.label_names), options.out, plan, say=say)
    return 0
