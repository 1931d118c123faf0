"""What the commands share."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

Commands = Any  # argparse hides the type of what add_subparsers returns


def say(line: str) -> None:
    """Progress goes to the error stream, so that figures alone are on the output."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, example: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=what,
        description=what,
        epilog=f"Example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def folder(text: str) -> Path:
    """An existing folder."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def existing(text: str) -> Path:
    """An existing folder or file."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is nothing at {text}")
    return path


def share(text: str) -> float:
    """A number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1; got {text!r}")
    return value


def positive(text: str) -> int:
    """A whole number from 1 up."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up; got {text!r}")
    return int(text)


def chance(parser: argparse.ArgumentParser) -> None:
    """Seed and threads."""
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--seed", type=int, default=0)


def only(parser: argparse.ArgumentParser, what: str) -> None:
    """Which labels; `keys_of` reads it."""
    parser.add_argument("--only", nargs="+", metavar="KEY", help=f"{what}; default: all")


def keys_of(options: argparse.Namespace) -> tuple[str, ...] | None:
    return tuple(options.only) if options.only else None


def label_names(parser: argparse.ArgumentParser) -> None:
    """The option that says what the values of label maps mean."""
    parser.add_argument(
        "--label-names",
        type=_names,
        metavar="JSON",
        help='values of label maps and what they mean; others are left out: \'{"1": "liver"}\'',
    )


def _names(text: str) -> dict[str, str]:
    try:
        names = json.loads(text)
    except json.JSONDecodeError:
        names = None
    if not isinstance(names, dict) or not all(isinstance(name, str) and name for name in names.values()):
        raise argparse.ArgumentTypeError('expected a JSON object like {"1": "liver"}')
    return names
