"""`python -m synth` in a process of its own: it takes its memory with it and leaves the engine's threads alone."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from django.conf import settings

LOOK_EVERY = 3.0  # seconds
_SAYS = "python -m synth: "


class Interrupted(Exception):
    """The process did not come to its end; another try may."""


class WrongInput(Exception):
    """The command cannot do this, however often it tries; the message is one sentence."""


def run(arguments: list[str], *, alive: Callable[[str], None]) -> dict[str, Any]:
    """Run a command to its end; returns the report that it printed with `--json`, {} without.

    `alive(line)` is called every few seconds with the last thing it said; if it raises, the process is killed.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            ["nice", "-n", "10", sys.executable, "-m", "synth", *arguments],  # people who play come first
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=said,
        )
        try:
            code = _wait(process, said, alive)
        except BaseException:
            process.kill()
            process.wait()
            raise
        out.seek(0)
        return _result(code, out.read(), _last_line(said), asked="--json" in arguments)


def _wait(process: "subprocess.Popen[bytes]", said: Any, alive: Callable[[str], None]) -> int:
    while True:
        try:
            return process.wait(LOOK_EVERY)
        except subprocess.TimeoutExpired:
            alive(_last_line(said) or "At work")


def _last_line(said: Any) -> str:
    said.seek(0)
    lines = [line for line in said.read().splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _result(code: int, printed: str, last: str, *, asked: bool) -> dict[str, Any]:
    if code == 2:
        raise WrongInput(last.removeprefix(_SAYS))
    if code < 0:
        raise Interrupted(f"It was killed by signal {-code}.")
    if not asked and code == 0:
        return {}
    try:
        return dict(json.loads(printed))
    except ValueError:
        raise Interrupted(f"It broke off: {last}") from None
