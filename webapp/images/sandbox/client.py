"""The near side of the decoding process: starts it, waits for a bounded time, and starts another where it dies."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from webapp.images.sandbox.limits import MEMORY_BYTES, SECONDS, BadFile

_ROOT = Path(__file__).resolve().parents[3]


class Sandbox:
    """A context manager; `call` runs one operation of `worker.OPERATIONS`. Not to be shared between threads.

    Results lie in a scratch folder that goes when the sandbox is left; `clear` empties it between files.
    """

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.peak_kib = 0  # largest resident memory that any of the processes had
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._scratch = Path(tempfile.mkdtemp(prefix="goldvein-decode-"))
        self._turn = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def call(self, op: str, *, seconds: float | None = None, **args: Any) -> dict[str, Any]:
        """The operation's result, with `folder` (where its arrays lie) added. Raises `BadFile`."""
        self._turn += 1
        folder = self._scratch / str(self._turn)
        folder.mkdir()
        seconds = seconds or self.seconds
        request = {"op": op, "out": str(folder), "seconds": seconds, "args": args}
        reply = self._exchange(json.dumps(request).encode() + b"\n", seconds)
        self.peak_kib = max(self.peak_kib, reply.get("peak_kib", 0))
        if "bad" in reply:
            raise BadFile(reply["bad"])
        if "full" in reply:
            self._stop()
            raise BadFile(
                f"Expected a file that opens within {MEMORY_BYTES // 2**30} GB of memory; this one needs more."
            )
        return {**reply["ok"], "folder": folder}

    def clear(self) -> None:
        """Remove all results so far."""
        for folder in self._scratch.iterdir():
            shutil.rmtree(folder, ignore_errors=True)

    def _exchange(self, line: bytes, seconds: float) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except BrokenPipeError:
            self._stop()
            raise BadFile("Expected a readable file; the decoder could not be started on it.") from None
        reply = b""
        end = time.monotonic() + seconds
        while not reply.endswith(b"\n"):
            left = end - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                self._stop()
                raise BadFile(f"Expected a file that opens within {seconds:g} s; this one takes longer.")
            block = os.read(process.stdout.fileno(), 65536)
            if not block:
                self._stop()
                raise BadFile("Expected a readable file; its decoder crashed on it.")
            reply += block
        return json.loads(reply)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "webapp.images.sandbox.worker"],
                cwd=_ROOT,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "LC_ALL": "C.UTF-8",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None
