"""`python -m synth phantoms`: drawn cells as training or reference pictures."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from synth.cli.common import command, positive, say
from synth.data import write_labelled
from synth.phantoms.cytology import KINDS, Slide, crop_light, draw_crop


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = command(
        commands,
        "phantoms",
        "Draw single cells with known class into images/ and labels.csv.",
        "python -m synth phantoms --out DIR --slides 100 --per-slide 45 --light --seed 1",
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--slides", type=positive, default=30)
    parser.add_argument("--per-slide", type=positive, default=20)
    parser.add_argument("--light", action="store_true", help="before the camera: 64 px, no noise (to train on)")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    write_labelled(options.out, pictures(options.slides, options.per_slide, options.seed, light=options.light))
    say(f"Wrote {options.slides * options.per_slide} cells to {options.out}.")
    return 0


def pictures(slides: int, per_slide: int, seed: int, *, light: bool) -> Iterator[tuple[np.ndarray, str, str]]:
    """(uint8[s, s, 3], class, slide), classes in turn; `light`: before the camera."""
    rng = np.random.default_rng(seed)
    for number in range(slides):
        slide = Slide.draw(rng, f"slide {number + 1}")
        for index in range(per_slide):
            kind = KINDS[index % len(KINDS)]
            if light:
                pixels = np.clip(np.rint(crop_light(rng, slide, kind)), 0, 255).astype(np.uint8)
            else:
                pixels = draw_crop(rng, slide, kind)
            yield pixels, kind.key, slide.name
        say(f"drew slide {number + 1} of {slides}")
