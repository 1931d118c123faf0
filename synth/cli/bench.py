"""`python -m synth bench`: what training and sampling cost beside diffusers' plain way."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import synth
from synth.cli.common import Commands, chance, command, folder, positive, say
from synth.cli.phantoms import pictures
from synth.data import read_labelled, write_labelled

BUNDLED = Path(synth.__file__).parent / "checkpoints" / "cells"
LEARNT, JUDGING, PER_SLIDE = 10, 40, 10  # drawn slides, and cells of each
SEED = 515_000  # of no other drawn pictures


def add(commands: Commands) -> None:
    parser = command(
        commands,
        "bench",
        "Steps of training and pictures sampled a second beside diffusers' plain training loop and DDIM in 50 steps, "
        "the same network in the same run, with what the gates say of either's pictures.",
        "python -m synth bench --n 300 --json",
    )
    parser.add_argument("--checkpoint", type=folder, default=BUNDLED, help="a `cells` model; default: the bundled one")
    parser.add_argument("--data", type=folder, help="pictures to train on; default: cells drawn as the bundled one's")
    parser.add_argument("--real", type=folder, help="pictures of other slides for the gates; default: drawn likewise")
    parser.add_argument("--n", type=positive, default=300, help="pictures to sample each way")
    parser.add_argument("--steps", type=positive, default=18, help="of the multistep solver")
    parser.add_argument("--json", action="store_true", help="say nothing but the figures")
    chance(parser)
    parser.set_defaults(run=_bench)


def _bench(options: argparse.Namespace) -> int:
    from synth.bench.run import run
    from synth.diffusion.network import load

    model, _ = load(options.checkpoint, "cells")
    with TemporaryDirectory() as scratch:
        sides = []
        for number, (given, slides) in enumerate(((options.data, LEARNT), (options.real, JUDGING))):
            if not given:
                drawn = Path(scratch) / str(number)
                write_labelled(drawn, pictures(slides, PER_SLIDE, options.seed + SEED + number, light=True))
            sides.append(read_labelled(given or drawn, size=model.config.size))
    figures = run(
        model,
        *sides,
        n=options.n,
        steps=options.steps,
        seed=options.seed,
        threads=options.threads,
        say=_mute if options.json else say,
    )
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def _mute(line: str) -> None:
    pass
