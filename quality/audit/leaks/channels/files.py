"""Files: size, container and entropy of the bytes as served."""

from __future__ import annotations

import numpy as np

from quality.audit.leaks.attacks import learned
from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.pictures import gallery
from quality.audit.leaks.table import Row, tabulate
from quality.audit.leaks.verdict import Attack

KEY = "files"
_HEAD = 48  # bytes: container, frame header, first partitions
_SECTIONS = 16


def attacks(evidence: Evidence) -> list[Attack]:
    shown = gallery(evidence)
    rows = [_row(file, pixels.shape) for file, pixels in zip(shown.files, shown.pixels, strict=True)]
    return learned(
        KEY,
        tabulate(rows),
        shown.gold,
        groups=shown.sources,
        clusters=shown.clusters,
        shortfall=shown.shortfall,
        seed=evidence.seed,
    )


def _row(file: bytes, shape: tuple[int, ...]) -> Row:
    counts = np.bincount(np.frombuffer(file, dtype=np.uint8), minlength=256) / max(len(file), 1)
    used = counts[counts > 0]
    sections = counts.reshape(_SECTIONS, -1).sum(axis=1)
    return {
        "log bytes": float(np.log(len(file))),
        "bytes a pixel": len(file) / (shape[0] * shape[1]),
        "height": shape[0],
        "width": shape[1],
        "entropy": float(-(used * np.log2(used)).sum()),
        "chunks": ",".join(_chunks(file)),
        **{f"bytes from {16 * i}": float(share) for i, share in enumerate(sections)},
        **{f"byte {i}": value for i, value in enumerate(file[:_HEAD])},
    }


def _chunks(file: bytes) -> list[str]:
    """Names of a RIFF file's chunks, in order; of other files their first bytes."""
    if file[:4] != b"RIFF":
        return [file[:4].hex()]
    names, at = [], 12
    while at + 8 <= len(file):
        names.append(file[at : at + 4].decode("latin-1"))
        size = int.from_bytes(file[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return names
