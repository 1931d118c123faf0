"""The command line: one file a family of commands. Exit codes: 0 done or passed, 1 a gate says no, 2 wrong input."""

import argparse

from synth.cli import bench, gates, insertion, models, phantoms, utility
from synth.cli.common import say
from synth.data import DataError
from synth.manifest import PackError


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m synth", description="Makes gold: pictures whose answer is known, and checks them."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    phantoms.add(commands)
    models.add(commands)
    insertion.add(commands)
    gates.add(commands)
    utility.add(commands)
    bench.add(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except (DataError, PackError) as error:
        say(f"python -m synth: {error}")
    except OSError as error:
        say(f"python -m synth: {error.filename or 'a file'} cannot be used: {error.strerror}.")
    return 2
