"""`python -m synth insert sample`. Nothing is trained; torch is imported only where a model fills holes."""

import argparse
from pathlib import Path

from synth.cli.common import Commands, chance, command, folder, keys_of, label_names, only, positive, say, share


def add(commands: Commands) -> None:
    insert = command(
        commands,
        "insert",
        "Real objects put into other real pictures, which are served nowhere else. Nothing is trained.",
        "python -m synth insert sample --data DIR --crop 64 --n 300 --out PACK",
    )
    verbs = insert.add_subparsers(dest="verb", required=True, metavar="sample")
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
    parser.add_argument(
        "--remove",
        type=share,
        default=0.0,
        help="share of the pictures from which objects are taken out: nothing there",
    )
    parser.add_argument(
        "--fill",
        type=folder,
        metavar="CHECKPOINT",
        help="a `slices` model, trained with --crop and --size alike, that draws what is put in or covers the hole; "
        "default: donors, and the picture's own background",
    )
    chance(parser)
    only(parser, "labels whose objects are put in or taken out")
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
        only=keys_of(options),
        remove=options.remove,
    )
    scenes, filler = read_scenes(options.data, names=options.label_names), None
    if options.fill:
        from synth.insertion.learned import Filler

        keys = tuple(sorted({key for scene in scenes for key in scene.kinds.values()}))
        filler = Filler(options.fill, keys, seed=options.seed, threads=options.threads)
    sample_pack(scenes, options.out, plan, filler=filler, say=say)
    return 0
