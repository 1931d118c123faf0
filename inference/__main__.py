"""`python -m inference`: segment a picture, evaluate a segmenter, train the demo's, measure speed.

python -m inference segment picture.png --box 40,30,180,150 --out mask.png
python -m inference evaluate --images images --labels labels --segmenter demo --prompts jittered --json
python -m inference train-demo --seconds 3600 --out demo.safetensors --state training.pt
python -m inference bench
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from inference.engine import SEGMENTERS, Prompt, Segmenter, SegmenterError, load
from inference.engine.evaluate import Evaluation
from inference.engine.readers import cases, read_picture


def _numbers(count: int):  # type: ignore[no-untyped-def]
    def parse(text: str) -> tuple[float, ...]:
        values = tuple(float(part) for part in text.split(","))
        if len(values) != count:
            raise ValueError
        return values

    parse.__name__ = f"{count} numbers separated by commas"  # argparse shows it in its message
    return parse


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m inference", description=__doc__, formatter_class=_Raw)
    commands = parser.add_subparsers(dest="command", required=True)
    segment = commands.add_parser("segment", help="a mask (PNG, 0 and 255) from a box and points")
    segment.add_argument("image", type=Path)
    segment.add_argument("--box", type=_numbers(4), metavar="x1,y1,x2,y2")
    segment.add_argument("--point", type=_numbers(3), action="append", default=[], metavar="x,y,1|0")
    segment.add_argument("--out", type=Path, required=True)
    evaluate = commands.add_parser("evaluate", help="Dice and coverage per label on pictures with known labels")
    evaluate.add_argument("--images", type=Path, required=True, help="folder or file: PNG and its kin, or NIfTI")
    evaluate.add_argument("--labels", type=Path, required=True, help="label maps or masks of the same names")
    evaluate.add_argument("--prompts", choices=["simulated", "jittered"], default="simulated")
    evaluate.add_argument("--drop", choices=["people"], help="forget boxes as often as people do")
    evaluate.add_argument("--instances", action="store_true", help="every value of a label map is one object")
    evaluate.add_argument("--window", type=_numbers(2), metavar="LEVEL,WIDTH", help="of CT volumes, e.g. 40,400")
    evaluate.add_argument("--limit", type=int, default=0, help="only the first so many cases")
    evaluate.add_argument("--seed", type=int, default=0)
    evaluate.add_argument("--json", action="store_true")
    train = commands.add_parser("train-demo", help="train the bundled segmenter on phantoms")
    train.add_argument("--seconds", type=float, default=600, help="of the processor; 0: calibrate --start alone")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--start", type=Path, help="weights to go on from")
    train.add_argument("--state", type=Path, help="file to keep the training in, and to go on from if it exists")
    train.add_argument("--out", type=Path, required=True)
    train.add_argument("--json", action="store_true")
    bench = commands.add_parser(
        "bench", help="SAM's cost a prompt: the library's way against ours, same model, same run"
    )
    bench.add_argument("--requests", type=int, default=16, help="of the library's way; each costs half a CPU minute")
    bench.add_argument("--rounds", type=int, default=3)
    bench.add_argument("--json", action="store_true")
    for command in (segment, evaluate):
        command.add_argument("--segmenter", choices=list(SEGMENTERS), default="demo")
        command.add_argument("--checkpoint", type=Path)
    return parser


class _Raw(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples' lines."""


def _segment(options: argparse.Namespace, segmenter: Segmenter) -> None:
    image = read_picture(options.image)
    points = tuple((x, y, bool(inside)) for x, y, inside in options.point)
    proposal = segmenter.decode(segmenter.encode(image), [Prompt(options.box, points)])[0]
    mask = proposal.full((image.shape[0], image.shape[1]))
    Image.fromarray(mask.astype(np.uint8) * 255).save(options.out)
    print(f"{options.out}: {int(mask.sum())} pixels, score {proposal.score:.2f}, stability {proposal.stability:.2f}")


def _evaluate(options: argparse.Namespace, segmenter: Segmenter) -> None:
    people = options.drop == "people"
    run = Evaluation(segmenter, options.prompts, people=people, instances=options.instances, seed=options.seed)
    known = cases(options.images, options.labels, window=options.window, limit=options.limit)
    result = run.run(known)
    if options.json:
        print(json.dumps(result, indent=1))
        return
    print(f"{'label':24}{'figure':16}{'n':>6}{'mean':>8}  95 % interval")
    for label, figures in result["labels"].items():
        for name, figure in figures.items():
            if figure["n"] and "mean" in figure:
                span = f"{figure['low']:.3f} to {figure['high']:.3f}"
                print(f"{label:24}{name:16}{figure['n']:6}{figure['mean']:8.3f}  {span}")


def _train(options: argparse.Namespace) -> None:
    from dataclasses import asdict

    import torch

    from inference.engine.held_out import train_to_file

    torch.set_num_threads(1)  # such small layers only get in each other's way
    if not (options.seconds > 0 or (options.seconds == 0 and options.start)) or not options.out.parent.is_dir():
        raise SegmenterError(
            "Training needs a positive number of seconds (or 0 and --start, to calibrate those weights' scores alone) "
            "and an existing folder to write to."
        )
    say = (lambda line: None) if options.json else print
    measured = train_to_file(
        seconds=options.seconds, **{k: getattr(options, k) for k in ("seed", "out", "start", "state")}, report=say
    )
    print(json.dumps(asdict(measured)) if options.json else measured)


def _bench(options: argparse.Namespace) -> None:
    from inference.engine.bench import run

    say = (lambda line: None) if options.json else print
    print(json.dumps(run(requests=options.requests, rounds=options.rounds, report=say), indent=1))


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 on success; otherwise one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "train-demo":
            _train(options)
        elif options.command == "bench":
            _bench(options)
        else:
            segmenter = load(options.segmenter, options.checkpoint)
            (_segment if options.command == "segment" else _evaluate)(options, segmenter)
    except SegmenterError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'The result'} could not be written: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
