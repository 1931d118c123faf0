"""Siblings: a picture that nothing else resembles, or that resembles another too well, may be a made one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quality.audit.leaks.channels.tasks import attack_tasks
from quality.audit.leaks.evidence import Evidence
from quality.audit.leaks.pictures import Pixels, described, gallery
from quality.audit.leaks.table import Row
from quality.audit.leaks.verdict import Attack

KEY = "siblings"
_THUMB = 16  # px
_NEAR = (1, 3, 10)  # which neighbour's distance


def attacks(evidence: Evidence) -> list[Attack]:
    shown = gallery(evidence)
    if not shown.tasks:
        return []
    # Several questions on one picture are one picture here: it is no neighbour of itself.
    first: dict[str, int] = {}
    for number, (file, _) in enumerate(shown.tasks):
        first.setdefault(file, number)
    own = list(first.values())
    spaces = {
        "look": np.array([_thumb(shown.pixels[i]) for i in own]),
        "figures": _standard(np.array([described(shown.files[i]) for i in own])),
        "colours": _standard(np.array([described(shown.files[i])[:10] for i in own])),
    }
    rows = {name: _row(spaces, place) for place, name in enumerate(first)}
    return attack_tasks(KEY, evidence, {task: rows[task[0]] for task in shown.tasks})


def _row(spaces: dict[str, NDArray[np.float64]], place: int) -> Row:
    row = {}
    for name, points in spaces.items():
        distances = np.sort(np.linalg.norm(points - points[place], axis=1))[1:]  # without itself
        for k in _NEAR:
            if k <= len(distances):
                row[f"{name}: neighbour {k}"] = float(distances[k - 1])
    return row


def _thumb(pixels: Pixels) -> NDArray[np.float64]:
    """Small, grey, of one brightness and contrast."""
    small = Image.fromarray(pixels).convert("L").resize((_THUMB, _THUMB), Image.Resampling.BOX)
    grey = np.asarray(small, dtype=np.float64).ravel()
    return (grey - grey.mean()) / (grey.std() + 1e-6) / _THUMB


def _standard(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return (points - points.mean(axis=0)) / (points.std(axis=0) + 1e-9)
