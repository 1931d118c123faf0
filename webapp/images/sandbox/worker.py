"""The process that opens files from strangers. It holds no secret, no database, bounded memory, and may be killed.

One request a line on standard input, one reply a line on standard output, both JSON:
`{"op": "picture", "out": FOLDER, "seconds": 60, "args": {...}}` -> `{"ok": {...}}`, `{"bad": SENTENCE}` or
`{"full": true}` (out of memory). Arrays go through `.npy` files in the folder, never through pickles.
"""

import json
import os
import resource
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from webapp.images.sandbox.limits import MAX_FILE_BYTES, MEMORY_BYTES, BadFile

# Name -> module beside this one and function; imported when first asked for, since a photograph needs no DICOM reader.
OPERATIONS = {
    "picture": ("pictures", "read"),
    "labels": ("pictures", "read_labels"),
    "volume": ("volumes", "read"),
    "grid": ("looks", "read_grid"),
    "flat": ("looks", "read_flat"),
    "dicom_header": ("dicom", "read_header"),
    "dicom_stack": ("dicom", "read_stack"),
    "dicom_frames": ("dicom", "read_frames"),
}


def main() -> None:
    """Serve requests until the input ends."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # decoders written in C print where they like
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        reply = _answer(json.loads(line))
        reply["peak_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        replies.write(json.dumps(reply) + "\n")


def _operation(name: str) -> Callable[..., dict[str, Any]]:
    module, function = OPERATIONS[name]
    operation: Callable[..., dict[str, Any]] = getattr(import_module(f"{__package__}.{module}"), function)
    return operation


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    # Also where the parent is gone and kills nothing any more, a request ends.
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + request["seconds"]) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    try:
        return {"ok": _operation(request["op"])(out=Path(request["out"]), **request["args"])}
    except BadFile as error:
        return {"bad": str(error)}
    except MemoryError:
        return {"full": True}
    except RecursionError:
        return {"bad": "Expected a well-formed file; its parts are nested without end."}
    except Exception as error:  # decoders raise anything at all on broken files
        return {"bad": _sentence(error)}


def _sentence(error: Exception) -> str:
    """One sentence without any text of the library's: that may quote the file, and with it a patient."""
    kind = (
        "its data end too early or are damaged"
        if isinstance(error, OSError | EOFError | ValueError)
        else "it is damaged"
    )
    return f"Expected a readable file; {kind} ({type(error).__name__})."


if __name__ == "__main__":
    main()
