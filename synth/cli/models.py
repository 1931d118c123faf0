"""`python -m synth MODEL train|sample`. torch is imported only once a command really runs."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synth.cli.common import (
    Commands,
    chance,
    command,
    existing,
    folder,
    keys_of,
    label_names,
    only,
    positive,
    say,
    share,
)
from synth.data import Labelled, read_labelled
from synth.errors import DataError
from synth.exports import MIN_QUALITY, export_labelled, export_scenes, read_export
from synth.scenes import Scene, read_scenes

if TYPE_CHECKING:
    from synth.diffusion.sample import Plan as Sampling
    from synth.maps import Mapped
    from synth.training import Plan


def add(commands: Commands) -> None:
    verbs = _model(commands, "cells", "A class-conditional diffusion model of single cells.", "--seconds 1800")
    _add_cells_train(verbs)
    _add_cells_sample(verbs)
    verbs = _model(commands, "slices", "A mask-conditional diffusion model of slices.", "--size 64 --seconds 1800")
    _add_slices_train(verbs)
    _add_slices_sample(verbs)
    verbs = _model(commands, "cgan", "The seed study's GAN of linear layers: a baseline.", "--size 64")
    _add_cgan_train(verbs)
    _add_cgan_sample(verbs)
    verbs = _model(commands, "pix2pix", "The first study's pictures from label maps: a baseline.", "--size 64")
    _add_pix2pix_train(verbs)
    _add_pix2pix_sample(verbs)


def _model(commands: Commands, name: str, what: str, example: str) -> Commands:
    parser = command(commands, name, what, f"python -m synth {name} train --data DIR --out CHECKPOINT {example}")
    parser.set_defaults(model=name)
    return parser.add_subparsers(dest="verb", required=True, metavar="train|sample")


LABELS_CSV = "images/ + labels.csv (image,label,group)"
SCENES = "images/ + labels/ of PNG or NIfTI"


def _train_parser(verbs: Commands, model: str, on: str, example: str) -> argparse.ArgumentParser:
    parser = command(
        verbs,
        "train",
        f"Train on {on}; an unfinished training under --out goes on.",
        f"python -m synth {model} train --data DIR --out CHECKPOINT {example}",
    )
    parser.add_argument("--data", type=folder, required=True)
    _from_export(parser)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=positive, help="stop after this long, however little is done")
    chance(parser)
    return parser


def _from_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from-export",
        type=existing,
        metavar="EXPORT",
        help="the site's export of labels (csv; folder or zip) of the pictures under --data, in place of labels there",
    )
    parser.add_argument(
        "--min-quality",
        type=share,
        default=MIN_QUALITY,
        help=f"expected quality that a label of the crowd in EXPORT must have; default: {MIN_QUALITY}",
    )


def _sample_parser(verbs: Commands, model: str, what: str, example: str) -> argparse.ArgumentParser:
    parser = command(
        verbs,
        "sample",
        f"Sample a gold pack: pictures, their {what}, and what made them.",
        f"python -m synth {model} sample --checkpoint CHECKPOINT {example} --n 100 --out PACK --seed 1",
    )
    parser.add_argument("--checkpoint", type=folder, required=True)
    parser.add_argument("--n", type=positive, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chance(parser)
    return parser


def _squares(parser: argparse.ArgumentParser) -> None:
    """Which part of scenes is learnt, and what their labels mean."""
    parser.add_argument("--size", type=positive, required=True, help="side of the pictures (px)")
    parser.add_argument("--crop", type=positive, help="cut squares of this side (px) round objects; default: all of it")
    parser.add_argument("--tiles", type=positive, default=1, help="... so many of each picture")
    parser.add_argument("--unlabelled", type=folder, help="further images/ whose labels nobody knows")
    label_names(parser)


def _denoising(parser: argparse.ArgumentParser, told: str) -> None:
    parser.add_argument("--steps", type=positive, default=18, help="noise levels from the strongest down")
    parser.add_argument(
        "--solver",
        choices=("heun", "multistep"),
        default="heun",
        help="heun asks the network twice a step (Karras et al. 2022), multistep once (Lu et al. 2022); default: heun",
    )
    parser.add_argument(
        "--finest", type=float, default=0.002, help="noise level (sd of pixels in -1..1) after which sampling ends"
    )
    parser.add_argument("--guidance", type=float, default=1.0, help=f"1 = {told} as learnt; more = more typical")
    parser.add_argument(
        "--start",
        type=float,
        help="redraw the pictures of --data hidden under noise of this sd (pixels in -1..1), not from noise alone",
    )


def _plan(options: argparse.Namespace, *, steps: int, batch: int) -> "Plan":
    from synth.training import Plan

    return Plan(steps=steps, seconds=options.seconds, batch=batch, seed=options.seed, threads=options.threads)


def _sampling(options: argparse.Namespace) -> "Sampling":
    from synth.diffusion.sample import Plan

    return Plan(
        n=options.n,
        steps=options.steps,
        finest=options.finest,
        guidance=options.guidance,
        seed=options.seed,
        start=options.start,
        threads=options.threads,
        solver=options.solver,
    )


# -- cells ------------------------------------------------------------------------------------------------------------


def _add_cells_train(verbs: Commands) -> None:
    parser = _train_parser(verbs, "cells", LABELS_CSV, "--steps 8000")
    parser.add_argument("--steps", type=positive, default=8000)
    parser.add_argument("--size", type=positive, help="side of the pictures (px); default: as they are")
    parser.add_argument("--batch", type=positive, default=16)
    parser.set_defaults(run=_cells_train)


def _cells_train(options: argparse.Namespace) -> int:
    from synth.diffusion.train import train_cells

    plan = _plan(options, steps=options.steps, batch=options.batch)
    train_cells(_labelled(options), options.out, plan, say=say)
    return 0


def _add_cells_sample(verbs: Commands) -> None:
    parser = _sample_parser(verbs, "cells", "classes", "--data DIR")
    parser.add_argument(
        "--data", type=folder, help="labelled pictures: their classes must be the model's; with --start, what to redraw"
    )
    _denoising(parser, "classes")
    parser.add_argument(
        "--finish", choices=("none", "microscope"), default="none", help="microscope: the demonstration's camera"
    )
    only(parser, "classes to draw in turn (not with --start)")
    parser.set_defaults(run=_cells_sample)


def _cells_sample(options: argparse.Namespace) -> int:
    from synth.diffusion.network import load
    from synth.diffusion.sample import cells_pack

    model, card = load(options.checkpoint, "cells")
    data = read_labelled(options.data, size=model.config.size) if options.data else None
    if data is not None:
        _same(model.config.classes, data.keys, "classes")
    plan = replace(_sampling(options), finish=options.finish, only=keys_of(options))
    cells_pack(model, card, options.out, plan, data=data, say=say)
    return 0


# -- slices -----------------------------------------------------------------------------------------------------------


def _add_slices_train(verbs: Commands) -> None:
    parser = _train_parser(verbs, "slices", SCENES, "--size 64 --steps 8000")
    parser.add_argument("--steps", type=positive, default=8000)
    parser.add_argument("--batch", type=positive, default=16)
    _squares(parser)
    parser.set_defaults(run=_slices_train)


def _slices_train(options: argparse.Namespace) -> int:
    from synth.diffusion.train import train_slices

    plan = _plan(options, steps=options.steps, batch=options.batch)
    train_slices(_maps(options, options.size, options.crop), options.out, plan, say=say)
    return 0


def _add_slices_sample(verbs: Commands) -> None:
    parser = _sample_parser(verbs, "slices", "label maps", "--data DIR")
    _maps_from(parser)
    _denoising(parser, "label maps")
    parser.set_defaults(run=_slices_sample)


def _slices_sample(options: argparse.Namespace) -> int:
    from synth.diffusion.network import load
    from synth.diffusion.sample import slices_pack

    model, card = load(options.checkpoint, "slices")
    data = _maps(options, model.config.size, model.config.crop)
    _same(model.config.organs, data.keys, "labels")
    slices_pack(model, card, options.out, _sampling(options), data=data, say=say)
    return 0


def _maps_from(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=folder, required=True, help="labelled scenes, served to nobody, whose label maps are bent"
    )
    _from_export(parser)
    label_names(parser)


def _maps(options: argparse.Namespace, size: int, crop: int | None) -> "Mapped":
    from synth.maps import map_scenes

    labels_from: dict[str, int] = {}
    others: list[Scene] = []
    if options.from_export:
        export = read_export(options.from_export, "mask", min_quality=options.min_quality)
        scenes, others = export_scenes(export, options.data)
        labels_from = export.labels_from
        say(f"{len(scenes)} pictures with good labels, {len(others)} without; labels from {_told(labels_from)}.")
    else:
        scenes = read_scenes(options.data, names=options.label_names)
    if more := getattr(options, "unlabelled", None):
        others += read_scenes(more, labelled=False)
    tiles = getattr(options, "tiles", 1) if crop else 1
    return map_scenes(scenes * tiles, others * tiles, size=size, crop=crop, labels_from=labels_from)


def _labelled(options: argparse.Namespace) -> Labelled:
    if not options.from_export:
        return read_labelled(options.data, size=options.size)
    export = read_export(options.from_export, "class", min_quality=options.min_quality)
    data = export_labelled(export, options.data, size=options.size)
    say(f"{len(data)} pictures with good labels, from {_told(data.labels_from)}.")
    return data


def _told(labels_from: dict[str, int]) -> str:
    return ", ".join(f"{source} {count}" for source, count in sorted(labels_from.items()))


def _same(theirs: tuple[str, ...], ours: tuple[str, ...], what: str) -> None:
    if theirs != ours:
        raise DataError(f"The model knows the {what} {', '.join(theirs)}; the data holds {', '.join(ours)}.")


# -- the studies' baselines -------------------------------------------------------------------------------------------


def _add_cgan_train(verbs: Commands) -> None:
    parser = _train_parser(verbs, "cgan", LABELS_CSV, "--size 64")
    parser.add_argument("--epochs", type=positive, default=200)
    parser.add_argument("--size", type=positive, help="side of the pictures (px); default: as they are")
    parser.set_defaults(run=_cgan_train)


def _cgan_train(options: argparse.Namespace) -> int:
    from synth.gan.cgan import BATCH, train_cgan

    data = _labelled(options)
    plan = _plan(options, steps=_steps(options.epochs, len(data), BATCH), batch=BATCH)
    train_cgan(data, options.out, plan, say=say)
    return 0


def _add_cgan_sample(verbs: Commands) -> None:
    _sample_parser(verbs, "cgan", "classes", "").set_defaults(run=_cgan_sample)


def _cgan_sample(options: argparse.Namespace) -> int:
    from synth.gan.cgan import cgan_pack

    cgan_pack(options.checkpoint, options.out, n=options.n, seed=options.seed, say=say)
    return 0


def _add_pix2pix_train(verbs: Commands) -> None:
    parser = _train_parser(verbs, "pix2pix", SCENES, "--size 64")
    parser.add_argument("--epochs", type=positive, default=200)
    _squares(parser)
    parser.set_defaults(run=_pix2pix_train)


def _pix2pix_train(options: argparse.Namespace) -> int:
    from synth.pix2pix.model import BATCH, train_pix2pix

    data = _maps(options, options.size, options.crop)
    plan = _plan(options, steps=_steps(options.epochs, int(data.is_labelled.sum()), BATCH), batch=BATCH)
    train_pix2pix(data, options.out, plan, say=say)
    return 0


def _add_pix2pix_sample(verbs: Commands) -> None:
    parser = _sample_parser(verbs, "pix2pix", "label maps", "--data DIR")
    _maps_from(parser)
    parser.set_defaults(run=_pix2pix_sample)


def _pix2pix_sample(options: argparse.Namespace) -> int:
    from synth.pix2pix.model import load, pix2pix_pack

    model, config, card = load(options.checkpoint)
    data = _maps(options, config["size"], config["crop"])
    _same(tuple(config["organs"]), data.keys, "labels")
    pix2pix_pack(model, card, options.out, data=data, n=options.n, seed=options.seed, say=say)
    return 0


def _steps(epochs: int, pictures: int, batch: int) -> int:
    return epochs * -(-pictures // batch)
