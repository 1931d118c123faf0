"""`python -m synth realism|fidelity|memorisation PACK`; `select`, which keeps the best; `path`, what hiding costs."""

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synth import manifest
from synth.cli.common import Commands, command, folder, label_names, positive, say
from synth.data import NOTHING, DataError, Labelled, Squares, read_labelled
from synth.realism import gate as realism
from synth.realism.common_path import CommonPath
from synth.realism.selection import select
from synth.realism.table import alike, tabulate
from synth.scenes import is_scenes


def add(commands: Commands) -> None:
    parser = _gate(commands, "realism", "Can a script tell the pack's pictures from real ones?")
    _common_path(parser)
    parser.set_defaults(run=_realism)
    parser = _gate(commands, "fidelity", "Do the pack's pictures show what their labels say?")
    _steps(parser)
    parser.set_defaults(run=_fidelity)
    parser = _gate(
        commands, "memorisation", "Did the model copy its training pictures? --real: what it was trained on."
    )
    parser.add_argument("--held-out", type=folder, help="real pictures that it was not trained on")
    parser.set_defaults(run=_memorisation)
    parser = command(
        commands,
        "select",
        "Keep those pictures of a pack that are right, new, and together hardest to tell from real ones.",
        "python -m synth select PACK --real DIR --trained DIR --keep 300 --out PACK2",
    )
    parser.add_argument("pack", type=folder)
    parser.add_argument("--real", type=folder, required=True)
    parser.add_argument("--trained", type=folder, help="training pictures, to drop copies of them")
    label_names(parser)
    parser.add_argument("--keep", type=positive, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    _common_path(parser)
    parser.set_defaults(run=_select)

    parser = command(
        commands,
        "path",
        "Does the common path cost quality? PSNR, and how well a judge does on served pictures beside their originals.",
        "python -m synth path DIR --factor 0.75 --noise 2.5 --quality 85 --json",
    )
    parser.add_argument("real", type=folder, metavar="DIR", help="labelled pictures, as for `train`")
    label_names(parser)
    parser.add_argument("--size", type=positive, help="side of the pictures, or of tiles round objects (px)")
    _steps(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--seed", type=int, default=0)
    _common_path(parser)
    parser.set_defaults(run=_path, record=False)


def _gate(commands: Any, name: str, what: str) -> argparse.ArgumentParser:
    parser = command(commands, name, what, f"python -m synth {name} PACK --real DIR --json")
    parser.add_argument("pack", type=folder)
    parser.add_argument("--real", type=folder, required=True)
    label_names(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--record", action="store_true", help="keep the report in the pack's gates.json")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=positive, default=400, help="training steps of the judge")


def _common_path(parser: argparse.ArgumentParser) -> None:
    default = CommonPath()
    parser.add_argument("--factor", type=float, default=default.factor, help="the site's common path: shrinking factor")
    parser.add_argument("--noise", type=float, default=default.noise, help="... noise, grey levels of 255")
    parser.add_argument("--quality", type=positive, default=default.quality, help="... WebP quality")


def _path_of(options: argparse.Namespace) -> CommonPath:
    return CommonPath(options.factor, options.noise, options.quality)


def _both(options: argparse.Namespace) -> tuple[Labelled, Labelled]:
    """The pack and the real pictures, such as show nothing among them if the pack has any."""
    pack = read_labelled(options.pack)
    return pack, _read_real(options, options.real, pack, with_nothing=NOTHING in pack.keys)


def _read_real(
    options: argparse.Namespace, path: Path, pack: Labelled, *, size: int | None = None, with_nothing: bool = False
) -> Labelled:
    """The pictures under `path`, brought to `size` px; of scenes, what the pack's generator was shown of such: squares
    of its `crop`, whole scenes where that is null, and where it says nothing tiles of the pictures' size."""
    if not is_scenes(path):
        return read_labelled(path, size=size)
    side = pack.pixels.shape[1]
    crop = manifest.read(options.pack).generator.get("crop", side)
    return read_labelled(path, cut=Squares(side, crop), names=options.label_names, with_nothing=with_nothing)


def _realism(options: argparse.Namespace) -> int:
    pack, real = _both(options)
    path = _path_of(options)
    table = tabulate(pack, alike(pack, real, seed=options.seed), path, seed=options.seed)
    report = realism.judge(table, seed=options.seed)
    return _report(options, {**report, "common_path": vars(path)})


def _fidelity(options: argparse.Namespace) -> int:
    from synth.fidelity import gate

    pack, real = _both(options)
    report, _ = gate.judge(pack, real, steps=options.steps, seed=options.seed, say=say)
    return _report(options, report)


def _path(options: argparse.Namespace) -> int:
    from synth.fidelity import cost

    if options.size is None and is_scenes(options.real):
        raise DataError("Scenes are cut into tiles round their objects: say with --size how large (px).")
    real = read_labelled(options.real, size=options.size, names=options.label_names)
    path = _path_of(options)
    report = cost.judge(real, path, steps=options.steps, seed=options.seed, say=say)
    return _report(options, {**report, "common_path": vars(path)})


def _memorisation(options: argparse.Namespace) -> int:
    from synth.memorisation import gate

    pack = read_labelled(options.pack)
    trained = _read_real(options, options.real, pack)
    size = trained.pixels.shape[1]
    held_out = _read_real(options, options.held_out, pack, size=size) if options.held_out else None
    report, _ = gate.judge(read_labelled(options.pack, size=size), trained, held_out)
    return _report(options, report)


def _report(options: argparse.Namespace, report: dict[str, Any]) -> int:
    if options.record:
        gates = {**manifest.read_gates(options.pack), report["gate"]: report}
        (options.pack / "gates.json").write_text(json.dumps(gates, indent=1), "utf-8")
    if options.json:
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    else:
        for name, value in report.items():
            sys.stdout.write(f"{name}: {value}\n")
    return 0 if report["passed"] else 1


def _select(options: argparse.Namespace) -> int:
    from synth.fidelity import gate as fidelity
    from synth.memorisation import gate as memorisation

    pack, real = _both(options)
    _, fit = fidelity.judge(pack, real, seed=options.seed, say=say)
    if options.trained:
        trained = _read_real(options, options.trained, pack)
        small = read_labelled(options.pack, size=trained.pixels.shape[1])
        fit &= ~memorisation.judge(small, trained)[1]
    say(f"{int(fit.sum())} of {len(pack)} show what they should and are no copies.")
    usable = np.flatnonzero(fit)
    part = pack.part(usable)
    table = tabulate(part, alike(part, real, seed=options.seed), _path_of(options), seed=options.seed)
    chosen = usable[select(table, part.labels, options.keep, seed=options.seed)]
    taken = {
        key: {"of": int((pack.labels == n).sum()), "kept": int((pack.labels[chosen] == n).sum())}
        for n, key in enumerate(pack.keys)
    }
    _copy(options.pack, options.out, chosen.tolist(), {"usable": len(usable), "classes": taken})
    say(f"Kept {len(chosen)} of {len(pack)} in {options.out}: {len(chosen) / len(pack):.0%}.")
    return 0


def _copy(source: Path, out: Path, chosen: list[int], account: dict[str, Any]) -> None:
    whole = manifest.read(source)
    items = tuple(whole.items[number] for number in chosen)
    for item in items:
        (out / item.image).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(manifest.picture_path(source, item.image), out / item.image)
    selected = {"how": "attack-aware", "from": len(whole.items), "kept": len(items), **account}
    generator = {**whole.generator, "selected": selected}
    manifest.write(out, replace(whole, items=items, generator=generator))
